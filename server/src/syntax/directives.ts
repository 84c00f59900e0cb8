/** Comments that tell the analyser what the source does not: `# unroll: hidden_size=256, data=weather.csv`. */
import type { Tree } from '@lezer/common';

/** What comments of the form `# unroll: name=value, …` (in JavaScript `// unroll: …`) say about a file. */
export interface Directives {
  /** Values of symbols: `hidden_size=256`, `seq_len=400`. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Every entry as it is written, without quotes: `data=data/weather.csv`, `target="2020, corrected"`. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Names under which a directive gives the sizes that every model has. */
const aliases: Readonly<Record<string, string>> = {
  seq_len: 'T',
  sequence_length: 'T',
  time_steps: 'T',
  batch_size: 'B',
  batch: 'B',
};

/** Names that speak of data: a column may be called `2020` without being a size. */
const dataNames: ReadonlySet<string> = new Set(['data', 'task', 'target', 'features']);

/** `name=value` up to the next comma; quotes keep a comma in the value. */
const entry = /(?:^|,)\s*([\w.-]+)\s*=\s*(?:"([^"]*)"\s*(?=,|$)|'([^']*)'\s*(?=,|$)|([^,]+))/g;

export function readDirectives(tree: Tree, text: string): Directives {
  const sizes = new Map<string, number>();
  const texts = new Map<string, string>();
  if (!text.includes('unroll:')) return { sizes, texts };
  tree.iterate({
    enter: (node) => {
      if (node.name !== 'Comment' && node.name !== 'LineComment') return;
      const body = /^(?:#|\/\/)\s*unroll:\s*(.+)$/.exec(text.slice(node.from, node.to))?.[1] ?? '';
      for (const [, name = '', inDouble, inSingle, bare = ''] of body.trim().matchAll(entry)) {
        const value = inDouble ?? inSingle ?? bare.trim();
        if (value === '') continue;
        texts.set(name, value);
        const size = Number(value);
        const isSize = !dataNames.has(name) && Number.isSafeInteger(size) && size > 0;
        if (isSize) sizes.set(aliases[name] ?? name, size);
      }
    },
  });
  return { sizes, texts };
}
