/** Comments that tell the analyser what the source does not: `# unroll: hidden_size=256, data=weather.csv`. */
import type { Tree } from '@lezer/common';

/** What comments of the form `# unroll: name=value, …`, or with the marks of another language, say about a file. */
export interface Directives {
  /** Values of symbols: `hidden_size=256`, `seq_len=400`. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Texts: `data=data/weather.csv`, `target=temp_max`. */
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

export function readDirectives(tree: Tree, text: string): Directives {
  const sizes = new Map<string, number>();
  const texts = new Map<string, string>();
  tree.iterate({
    enter: (node) => {
      if (!node.name.endsWith('Comment')) return;
      const body = /^(?:#|\/\/|\/\*)\s*unroll:\s*(.+?)(?:\*\/)?$/.exec(text.slice(node.from, node.to))?.[1];
      if (body === undefined) return;
      for (const entry of body.split(',')) {
        const [, name, value] = /^\s*([\w.-]+)\s*=\s*(.+?)\s*$/.exec(entry) ?? [];
        if (name === undefined || value === undefined) continue;
        const size = Number(value);
        if (Number.isSafeInteger(size) && size > 0) sizes.set(aliases[name] ?? name, size);
        else texts.set(name, value);
      }
    },
  });
  return { sizes, texts };
}
