/**
 * Kernels of recurrent loops, put together from texts of which each says one thing: the arithmetic of a cell, which product a
 * dispatch takes, and how a product is spread over invocations.
 */
import type { GruLoop, LstmLoop, RnnLoop } from '../backend';
import type { Kernel } from './commandQueue';
import gruBackward from './kernels/gruBackward.wgsl';
import gruCandidateBackward from './kernels/gruCandidateBackward.wgsl';
import gruCandidateForward from './kernels/gruCandidateForward.wgsl';
import gruForward from './kernels/gruForward.wgsl';
import gruResetForward from './kernels/gruResetForward.wgsl';
import lstmBackward from './kernels/lstmBackward.wgsl';
import lstmForward from './kernels/lstmForward.wgsl';
import lstmProjectedBackward from './kernels/lstmProjectedBackward.wgsl';
import lstmProjectionBackward from './kernels/lstmProjectionBackward.wgsl';
import lstmProjectionForward from './kernels/lstmProjectionForward.wgsl';
import peepholeGradients from './kernels/peepholeGradients.wgsl';
import recurrent from './kernels/recurrent.wgsl';
import recurrentStep from './kernels/recurrentStep.wgsl';
import recurrentStepBackward from './kernels/recurrentStepBackward.wgsl';
import recurrentStepForward from './kernels/recurrentStepForward.wgsl';
import rnnBackward from './kernels/rnnBackward.wgsl';
import rnnForward from './kernels/rnnForward.wgsl';
import sumGroups from './kernels/sumGroups.wgsl';

/** A loop, and of which cell it is. */
export type CellLoop =
  | { readonly cell: 'rnn'; readonly loop: RnnLoop }
  | { readonly cell: 'lstm'; readonly loop: LstmLoop }
  | { readonly cell: 'gru'; readonly loop: GruLoop };

export type Pass = 'forward' | 'backward';

/** What a dispatch of one step does: the product it takes, and what follows of it. */
export type StepPhase =
  /** A whole step; of an LSTM with a projection, and of a GRU with reset before, the half that has the gates' product. */
  | 'step'
  /** The other half: after `step` forward, and backward too. */
  | 'projection'
  | 'candidate';

const cellTexts = {
  rnn: { forward: rnnForward, backward: rnnBackward },
  lstm: { forward: lstmForward, backward: lstmBackward },
  gru: { forward: gruForward, backward: gruBackward },
} as const;

const gateCounts = { rnn: 1, lstm: 4, gru: 3 } as const;

/** Sequences and units of a tile of `recurrentStep.wgsl` when an invocation has one row. */
export const stepTile = { rows: 16, units: 16 };

/** A dispatch of one step, of `rowsOfInvocation` sequences in each invocation. */
export function stepKernel(
  cellLoop: CellLoop,
  pass: Pass,
  phase: StepPhase,
  rowsOfInvocation: number,
  hasSquaredNorms: boolean,
): Kernel {
  const constants = {
    ...loopConstants(cellLoop),
    has_squared_norms: Number(hasSquaredNorms),
    rows_of_invocation: rowsOfInvocation,
  };
  const { text, lanes } = phaseOf(cellLoop, pass, phase);
  return {
    name: `${cellLoop.cell} ${pass} ${phase}`,
    source: unrolled(
      [recurrent, cellTexts[cellLoop.cell][pass], text, productsText(lanes), recurrentStep].join('\n'),
      constants,
    ),
    constants,
  };
}

/** Adds up what the workgroups of several dispatches have left: `sums` stretches of one length. */
export const sumGroupsKernel: Kernel = { name: 'sums of workgroups', source: sumGroups, constants: {} };

export function peepholeGradientsKernel(hiddenSize: number): Kernel {
  return { name: 'gradients of peepholes', source: peepholeGradients, constants: { hidden_size: hiddenSize } };
}

/** The names of the unsigned operands of a loop's kernels, in their order. */
export const operandNames: readonly string[] = [...recurrent.matchAll(/^ {2}(\w+): u32,$/gm)].map(
  ([, name = '']) => name,
);

/** The text of a phase, and how many columns of its product belong to one unit. */
function phaseOf(
  { cell, loop }: CellLoop,
  pass: Pass,
  phase: StepPhase,
): { readonly text: string; readonly lanes: number } {
  const isForward = pass === 'forward';
  if (phase === 'projection') return { text: isForward ? lstmProjectionForward : lstmProjectionBackward, lanes: 1 };
  if (phase === 'candidate') return { text: isForward ? gruCandidateForward : gruCandidateBackward, lanes: 1 };
  if (cell === 'gru' && !loop.resetAfter && isForward) return { text: gruResetForward, lanes: 2 };
  if (cell === 'lstm' && loop.projection && !isForward) return { text: lstmProjectedBackward, lanes: 1 };
  return isForward
    ? { text: recurrentStepForward, lanes: gateCounts[cell] }
    : { text: recurrentStepBackward, lanes: 1 };
}

/** What a loop's kernels are compiled for. */
function loopConstants({ cell, loop }: CellLoop): Readonly<Record<string, number>> {
  return {
    hidden_size: loop.hiddenSize,
    state_width: loop.stateWidth,
    has_mask: Number(loop.mask !== null),
    has_output_gradient: Number(loop.outputGradient !== null),
    has_hard_sigmoid: Number(loop.hardSigmoidSlope !== null),
    ...(cell === 'rnn' ? { is_relu: Number(loop.activation === 'relu'), product_gates: 1 } : {}),
    ...(cell === 'lstm'
      ? {
          has_peepholes: Number(loop.peepholes !== null),
          has_projection: Number(loop.projection !== null),
          product_gates: 4,
        }
      : {}),
    ...(cell === 'gru' ? { is_reset_after: Number(loop.resetAfter), product_gates: loop.resetAfter ? 3 : 2 } : {}),
  };
}

/** The columns of a unit in one type, as wide as there are lanes. */
function productsText(lanes: number): string {
  const type = lanes === 1 ? 'f32' : `vec${lanes}f`;
  const weights = Array.from({ length: lanes }, (_, lane) => `weight(k, ${lane}u, unit)`).join(', ');
  const zeros = Array.from({ length: 4 - lanes }, () => ', 0.0').join('');
  return [
    `alias Products = ${type};`,
    `fn weights_of(k: u32, unit: u32) -> Products { return Products(${weights}); }`,
    `fn widened(products: Products) -> vec4f { return vec4f(products${zeros}); }`,
  ].join('\n');
}

/**
 * Repeats the lines between `// for $name < count` and `// end` with `$name` replaced by 0, 1, …: what is indexed by a literal
 * stays in registers whatever the driver's compiler makes of loops. Innermost first; `count` is a constant.
 */
export function unrolled(source: string, constants: Readonly<Record<string, number>>): string {
  const loop = /^ *\/\/ for \$(\w+) < (\w+)\n((?:(?! *\/\/ for ).*\n)*?) *\/\/ end\n/m;
  for (let text = source; ; ) {
    const found = loop.exec(text);
    if (found === null) return text;
    const [whole, name = '', count = '', body = ''] = found;
    const repeats = constants[count];
    if (repeats === undefined) throw new Error(`no constant is called ${count}`);
    const copies = Array.from({ length: repeats }, (_, index) => body.replaceAll(`$${name}`, `${index}`));
    text = text.slice(0, found.index) + copies.join('') + text.slice(found.index + whole.length);
  }
}
