/** Comments that tell the analyser what the source does not: `# unroll: hidden_size=256, data=weather.csv`. */
import type { Tree } from '@lezer/common';
import { isSize, type SuppliedSize } from './suppliedSizes';
import { directivesIn, readSuppression, type Suppression } from './suppressions';

/** What comments of the form `# unroll: name=value, …` (in JavaScript `// unroll: …`, or a block comment) say about a file. */
export interface Directives {
  /** Values of symbols: `hidden_size=256`, `seq_len=400`. */
  readonly sizes: readonly SuppliedSize[];
  /** Every entry as it is written, without quotes: `data=data/weather.csv`, `target="2020, corrected"`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Findings that are not to be shown: `ignore[code]`, `ignore-file`. */
  readonly suppressions: readonly Suppression[];
}

/** Names that speak of data: a column may be called `2020` without being a size. */
const dataNames: ReadonlySet<string> = new Set(['data', 'task', 'target', 'features']);

/** `name=value` up to the next comma; quotes keep a comma in the value. */
const entry = /(?:^|,)\s*([\w.-]+)\s*=\s*(?:"([^"]*)"\s*(?=,|$)|'([^']*)'\s*(?=,|$)|([^,]+))/g;

export function readDirectives(tree: Tree, text: string): Directives {
  const sizes: SuppliedSize[] = [];
  const texts = new Map<string, string>();
  const suppressions: Suppression[] = [];
  if (!text.includes('unroll:')) return { sizes, texts, suppressions };
  const readEntries = (body: string, start: number): void => {
    for (const match of body.matchAll(entry)) {
      const [whole, name = '', inDouble, inSingle, bare = ''] = match;
      const value = inDouble ?? inSingle ?? bare.trim();
      if (value === '') continue;
      texts.set(name, value);
      const size = Number(value);
      if (dataNames.has(name) || !isSize(size)) continue;
      const from = start + match.index + whole.indexOf(name);
      sizes.push({ name, value: size, source: 'comment', span: { from, to: from + name.length } });
    }
  };
  tree.iterate({
    enter: (node) => {
      if (node.name !== 'Comment' && node.name !== 'LineComment' && node.name !== 'BlockComment') return;
      const comment = { from: node.from, to: node.to };
      for (const directive of directivesIn(text, comment)) {
        const suppression = readSuppression(text, comment, directive);
        if (suppression !== null) suppressions.push(suppression);
        else readEntries(text.slice(directive.from, directive.to), directive.from);
      }
    },
  });
  return { sizes, texts, suppressions };
}
