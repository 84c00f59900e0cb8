/** Recurrent layers of any cell, in one direction or both. */
import type { ArenaPlanner } from '../arena';
import { columnsOf } from '../backend';
import type { Convention, RecurrentPlan } from '../plan/trainingPlan';
import { planGru } from './gru';
import { type Layer, reserveSequence, rowsOf, type Sequence, stepOf } from './layer';
import { planLstm } from './lstm';
import { type Direction, finalStep } from './recurrentState';
import { planSimpleRnn } from './simpleRnn';

export function planRecurrent(
  arena: ArenaPlanner,
  input: Sequence,
  plan: RecurrentPlan,
  convention: Convention,
): Layer {
  return plan.direction === 'both'
    ? planBidirectional(arena, input, plan, convention)
    : planDirection(arena, input, plan, 'forward', convention, plan.path);
}

/** One direction; for `finalState` its output is the state after the direction's last step. */
function planDirection(
  arena: ArenaPlanner,
  input: Sequence,
  plan: RecurrentPlan,
  direction: Direction,
  convention: Convention,
  path: string,
): Layer {
  const layer = planCell(arena, input, plan, direction, convention, path);
  if (plan.output === 'everyStep') return layer;
  return { ...layer, output: stepOf(layer.output, finalStep(input.timeSteps, direction)) };
}

function planCell(
  arena: ArenaPlanner,
  input: Sequence,
  plan: RecurrentPlan,
  direction: Direction,
  convention: Convention,
  path: string,
): Layer {
  switch (plan.cell) {
    case 'rnn':
      return planSimpleRnn(arena, input, path, plan, direction, convention);
    case 'gru':
      return planGru(arena, input, path, plan, direction, convention);
    case 'lstm':
      return planLstm(arena, input, path, plan, direction, convention);
  }
}

/** Two layers that read the same sequence from its two ends; their outputs side by side (Schuster and Paliwal 1997). */
function planBidirectional(arena: ArenaPlanner, input: Sequence, plan: RecurrentPlan, convention: Convention): Layer {
  // Each direction writes its own gradient of the input; the sum of both is what the layer below gets.
  const backwardInput: Sequence = { ...input, gradient: input.gradient && arena.reserve(input.gradient.length) };
  const forwardLayer = planDirection(arena, input, plan, 'forward', convention, `${plan.path}.forward`);
  const backwardLayer = planDirection(arena, backwardInput, plan, 'backward', convention, `${plan.path}.backward`);
  const directions = [forwardLayer, backwardLayer];
  const output = reserveSequence(arena, forwardLayer.output.timeSteps, input.batch, 2 * plan.hiddenSize);
  const halves = directions.map((layer, index) => {
    const columns = (span: Sequence['value']) =>
      columnsOf(rowsOf(output, span), index * plan.hiddenSize, plan.hiddenSize);
    return {
      layer,
      value: columns(output.value),
      gradient: output.gradient && columns(output.gradient),
    };
  });
  return {
    path: plan.path,
    parameters: directions.flatMap((layer) => layer.parameters),
    output,
    forward: (backend, pass) => {
      for (const { layer, value } of halves) {
        layer.forward(backend, pass);
        backend.copyMatrix(rowsOf(layer.output, layer.output.value), value);
      }
    },
    backward: (backend, pass) => {
      for (const { layer, gradient } of halves) {
        const ownGradient = layer.output.gradient;
        if (gradient && ownGradient) backend.copyMatrix(gradient, rowsOf(layer.output, ownGradient));
        layer.backward(backend, pass);
      }
      if (input.gradient && backwardInput.gradient) backend.add(input.gradient, backwardInput.gradient);
    },
  };
}
