/** The command line in words: what there is, and what to say when something else was typed. */

export type CommandName = 'analyze' | 'recommend' | 'train' | 'devices' | 'language-server';

/** A mistake on the command line: one sentence and where help is. Ends the program with 2. */
export class UsageError extends Error {}

/** A task that could not be done: one sentence. Ends the program with 1. */
export class TaskError extends Error {}

export const usage: Readonly<Record<CommandName, string>> = {
  analyze: `unroll analyze <file|folder>… [--json | --sarif]

Reads recurrent models in Python, notebooks, JavaScript, TypeScript and saved JSON: layers, shapes, parameters, work,
and mistakes.
  --json    one JSON document on standard output
  --sarif   findings as SARIF 2.1.0, for code scanning
Exit: 0; 1 when an error-level finding stands; 2 for a wrong command line.`,
  recommend: `unroll recommend <file> [options]

Ranks recurrent architectures for a model, with the reasons and what would change the answer.
  --model NAME         the model, where the file has several
  --seq-len N          steps of a typical sequence, where the file leaves them open
  --max-params N       budget of parameters
  --max-memory MB      budget of memory for the weights
  --max-latency MS     budget of time for one answer; not used yet, as the answer says
  --device NAME        where it is to run; not used yet, as the answer says
  --streaming          it must answer while the sequence comes in
  --json               the recommendation as JSON`,
  train: `unroll train <file> [options]

Trains a model as several recurrent architectures on real data and compares them.
  --model NAME         the model, where the file has several
  --cells LIST         rnn, gru, lstm, bigru, bilstm, cnn-lstm-attention; separated by commas (rnn,gru,lstm)
  --data FILE          a CSV or TSV table, or a text; else what a comment "# unroll: data=FILE" in the file names
  --target COLUMN      the column of the table to forecast
  --task NAME          a made-up task instead of data: adding, sine-mix, delayed-recall
  --steps N            training steps of each (300)
  --batch N            sequences in a step (32)
  --seq-len N          steps of a sequence, where the file leaves them open
  --seed N             the same seed gives the same curves (1)
  --backend NAME       auto, wasm, webgpu, tfjs-node-gpu, reference (auto)
  --jsonl              one event a line on standard output
  --report FILE.html   curves and verdict as one HTML file`,
  devices: `unroll devices [--json]

Says which training backends run here, and why the others do not.`,
  'language-server': `unroll language-server --stdio

Serves any editor that speaks the Language Server Protocol, over standard streams.`,
};

export const commandNames = Object.keys(usage) as readonly CommandName[];

export const generalUsage = `unroll <command> [options]

Reads recurrent models as you write them: parameters, costs, mistakes, the architecture that fits, a quick comparison.

  analyze          layers, shapes, parameters, work and mistakes of the models in files
  recommend        which recurrent architecture fits a model, and why
  train            compares architectures by training them on real data
  devices          which training backends run here
  language-server  serves an editor

unroll <command> --help tells more; unroll --version tells the version.`;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(usage, name);
}

/** The candidate that is at most two typing mistakes away, as a hint: ` Did you mean --json?` */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance);
  return near[0] === undefined ? '' : ` Did you mean ${near[0].candidate}?`;
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
