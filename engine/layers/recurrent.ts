/** Recurrent layers of any cell, in one direction or both. */
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planFork } from './fork';
import { planGru } from './gru';
import { planJoin } from './join';
import { inTurn, type Layer, type LayerContext, reserveSequence, rowsOf, type Sequence } from './layer';
import { planLstm } from './lstm';
import type { Direction } from './recurrentState';
import { planSimpleRnn } from './simpleRnn';

/**
 * Steps that are padding give the state before them in Keras, but zeros in its bidirectional layers and where PyTorch fills a
 * packed sequence up again.
 */
export function planRecurrent(context: LayerContext, plan: RecurrentPlan): Layer {
  const { direction } = plan;
  const layer = direction === 'both' ? planBidirectional(context, plan) : planCell(context, plan, direction);
  const leavesZeros = direction === 'both' || context.convention === 'torch';
  return leavesZeros && context.isRead(0) ? withZeroPadding(context, layer) : layer;
}

/** The same layer, its first output zero where it is padding. */
function withZeroPadding({ arena }: LayerContext, layer: Layer): Layer {
  const [steps, ...states] = layer.outputs;
  const mask = steps?.mask;
  if (!steps || !mask) return layer;
  const output: Sequence = { ...reserveSequence(arena, steps.timeSteps, steps.batch, steps.width), mask };
  return {
    ...layer,
    outputs: [output, ...states],
    forward: (backend, pass) => {
      layer.forward(backend, pass);
      backend.scaleRows(rowsOf(steps, steps.value), mask, rowsOf(output, output.value));
    },
    backward: (backend, pass) => {
      if (steps.gradient && output.gradient) {
        backend.scaleRows(rowsOf(output, output.gradient), mask, rowsOf(steps, steps.gradient));
      }
      layer.backward(backend, pass);
    },
  };
}

function planCell(context: LayerContext, plan: RecurrentPlan, direction: Direction): Layer {
  switch (plan.cell) {
    case 'rnn':
      return planSimpleRnn(context, plan, direction);
    case 'gru':
      return planGru(context, plan, direction);
    case 'lstm':
      return planLstm(context, plan, direction);
  }
}

/** Two layers that read the same sequence from its two ends (Schuster and Paliwal 1997), and each of their outputs joined. */
function planBidirectional(context: LayerContext, plan: RecurrentPlan): Layer {
  const { arena } = context;
  const { path, merge } = plan;
  const [input, ...initial] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const fork = planFork(arena, input, 2, path);
  const directions = (['forward', 'backward'] as const).map((direction, index) => {
    const states = initial.slice((index * initial.length) / 2, ((index + 1) * initial.length) / 2);
    const inputs = [...fork.outputs.slice(index, index + 1), ...states];
    return planCell({ ...context, inputs }, { ...plan, path: `${path}.${direction}` }, direction);
  });
  const outputCount = plan.cell === 'lstm' ? 3 : 2;
  const joins = Array.from({ length: outputCount }, (_, output): Layer | null => {
    if (!context.isRead(output)) return null;
    const inputs = directions.flatMap((layer): Sequence[] => layer.outputs.slice(output, output + 1));
    return planJoin({ ...context, inputs }, { path, how: merge });
  });
  const parts = [fork, ...directions, ...joins.filter((join) => join !== null)];
  return {
    path,
    parameters: directions.flatMap((layer) => layer.parameters),
    // What nothing reads is not joined; its place is taken by that of one direction.
    outputs: joins.flatMap((join, output) => (join ?? directions[0])?.outputs[join ? 0 : output] ?? []),
    ...inTurn(parts),
  };
}
