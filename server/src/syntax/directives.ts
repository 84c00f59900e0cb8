/** Comments that tell the analyser what the source does not: `# unroll: hidden_size=256, data=weather.csv`. */
import type { Tree } from '@lezer/common';
import { isSize, type SuppliedSize } from './suppliedSizes';
import { readSuppression, type Suppression } from './suppressions';

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
  tree.iterate({
    enter: (node) => {
      if (node.name !== 'Comment' && node.name !== 'LineComment' && node.name !== 'BlockComment') return;
      const suppression = readSuppression(text, { from: node.from, to: node.to });
      if (suppression !== null) {
        suppressions.push(suppression);
        return;
      }
      const comment = text.slice(node.from, node.to);
      const [, start = '', body = ''] = /^((?:#|\/\/|\/\*+)\s*unroll:)(.+?)(?:\*\/)?$/.exec(comment) ?? [];
      for (const match of body.matchAll(entry)) {
        const [whole, name = '', inDouble, inSingle, bare = ''] = match;
        const value = inDouble ?? inSingle ?? bare.trim();
        if (value === '') continue;
        texts.set(name, value);
        const size = Number(value);
        if (dataNames.has(name) || !isSize(size)) continue;
        const from = node.from + start.length + match.index + whole.indexOf(name);
        sizes.push({ name, value: size, source: 'comment', span: { from, to: from + name.length } });
      }
    },
  });
  return { sizes, texts, suppressions };
}
