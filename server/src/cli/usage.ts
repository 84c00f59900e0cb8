/** The command line in words: what there is, and what to say when something else was typed. */
import { nearestName } from '../spelling';

export type CommandName = 'analyze' | 'recommend' | 'train' | 'devices' | 'language-server';

/** A mistake on the command line: one sentence and where help is. Ends the program with 2. */
export class UsageError extends Error {}

/** A task that could not be done: one sentence. Ends the program with 1. */
export class TaskError extends Error {}

export const usage: Readonly<Record<CommandName, string>> = {
  analyze: `unroll analyze <file|folder>… [--json | --sarif] [--size NAME=N]… [--rule CODE=LEVEL]…

Reads recurrent models in Python, notebooks, JavaScript, TypeScript and saved JSON: layers, shapes, parameters, work,
and mistakes.
  --json         one JSON document on standard output
  --sarif        findings as SARIF 2.1.0, for code scanning
  --size NAME=N  a size that the source leaves open, such as hidden_size=256; may be given several times
  --device NAME  the device that times are predicted for, as unroll devices lists them; without it this machine, once timed
  --batch N      sequences in the training step that is predicted (32)
  --seq-len N    steps of a sequence, for the times of models that leave them open
  --rule CODE=LEVEL
                 the severity of a rule: off, error, warning, information, hint; may be given several times
Exit: 0; 1 when an error-level finding stands; 2 for a wrong command line.`,
  recommend: `unroll recommend <file> [options]

Ranks recurrent architectures for a model, with the reasons and what would change the answer.
  --model NAME         the model, where the file has several
  --seq-len N          steps of a typical sequence, where the file leaves them open
  --size NAME=N        a size that the source leaves open; may be given several times
  --max-params N       budget of parameters: 50000, 50k, 2M
  --max-memory MB      budget of memory for the weights in 32-bit floats: 0.12, or 120KB
  --max-latency MS     budget of time for one answer, to a sequence, in a stream to one step: 5, or 5ms
  --device NAME        where it is to run, as unroll devices lists them; predicts times (this-machine)
  --task NAME          classification, regression, forecasting, tagging, seq2seq, generation
  --sequences N        training sequences, where no table, text or array beside the file says
  --streaming          it must answer while the sequence comes in; --no-streaming where the file seems to say so
  --verbose            the reasons for each architecture with their sources, and what the figures rest on
  --json               the recommendation as JSON`,
  train: `unroll train <file> [options]

Trains a model as several recurrent architectures on real data and compares them.
  --model NAME         the model, where the file has several
  --cells LIST         rnn, gru, lstm, bigru, bilstm, cnn-lstm, cnn-lstm-attention;
                       separated by commas (rnn,gru,lstm)
  --data FILE          a table (.csv, .tsv, .jsonl, .parquet), NumPy arrays (.npy, .npz) or a text; else what a comment
                       "# unroll: data=FILE" in the file names
  --target COLUMN      the column to forecast, the column of classes, or the array of targets
  --features LIST      the columns to read, separated by |, or the array of sequences
  --task NAME          a made-up task instead of data: adding, copy-memory, delayed-recall, parity, sine-mix, characters,
                       digits; auto (where no data is named) takes the one that suits the model
  --steps N            training steps of each (300)
  --batch N            sequences in a step (32)
  --seq-len N          steps of a sequence, where the file leaves them open
  --size NAME=N        a size that the source leaves open; may be given several times
  --optimizer NAME     sgd, rmsprop, adam or adamw, in the form of the model's framework; with settings as in
                       sgd,momentum=0.9,nesterov or rmsprop,decay=0.9,centered or adamw,weight-decay=0.01 (adam)
  --learning-rate N    of the first step, or after the warm-up (0.003)
  --schedule NAME      constant, step,every=N,factor=F, exponential,factor=F, or cosine,warm-up=N (constant)
  --clip LIMIT         gradients: none, norm=N for all of them together, value=N for each (norm=1)
  --checkpoint FILE    the state of the run: written at its start, every few seconds, at a stop and at its end
  --resume FILE        goes on from a checkpoint as if there had been no end; the other options as they were, or more steps
  --seed N             the same seed gives the same curves (1)
  --backend NAME       wasm, webgpu, tfjs-node-gpu, reference; auto takes a GPU where it trains these models faster (auto)
  --tfjs FOLDER        loads @tensorflow/tfjs-node-gpu or tfjs-node from there, for auto as well; for tfjs-node-gpu by name it is
                       looked for in the working folder otherwise
  --threads N          architectures train side by side on so many, a single one splits its batches (cores less one)
  --jsonl              one event a line on standard output
  --report FILE.html   curves and verdict as one HTML file`,
  devices: `unroll devices [--calibrate] [--tfjs FOLDER] [--json]

Tries which training backends run here, says why the others do not, and on which devices times are predicted.
  --calibrate          times this machine again, in less than two seconds, and remembers it
  --tfjs FOLDER        loads @tensorflow/tfjs-node-gpu or tfjs-node from there, and says what it computes on
  --json               the same as JSON, with the source of each figure`,
  'language-server': `unroll language-server --stdio

Serves any editor that speaks the Language Server Protocol, over standard streams.`,
};

export const commandNames = Object.keys(usage) as readonly CommandName[];

export const generalUsage = `unroll <command> [options]

Reads recurrent models as you write them: parameters, costs, mistakes, the architecture that fits, a quick comparison.

  analyze          layers, shapes, parameters, work and mistakes of the models in files
  recommend        which recurrent architecture fits a model, and why
  train            compares architectures by training them on real data
  devices          which training backends run here, and devices that times are predicted for
  language-server  serves an editor

unroll <command> --help tells more; unroll --version tells the version.`;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(usage, name);
}

/** The candidate that may have been meant, as a hint: ` Did you mean --json?` */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const near = nearestName(typed, candidates);
  return near === null ? '' : ` Did you mean ${near}?`;
}
