/** How many steps every value of a plan has once the data say how many the input has, and where that does not work out. */
import type { Obstacle } from '../../protocol/trainer';
import { slidOver } from './convolution';
import type { ModelPlan, OpenLayer } from './modelPlan';
import { openSourcesOf } from './pruned';
import type { Source } from './trainingPlan';
import { lengthOf } from './values';

/** Why a model cannot run over so many steps, or learn at as many as the data have answers for; null where it can. */
export function lengthMisfit(model: ModelPlan, timeSteps: number): Obstacle | null {
  const { layers, places, name, outputSource, outputSteps, outputLine } = model;
  const steps: number[][] = [];
  const stepsAt = (source: Source): number =>
    source === 'input' ? timeSteps : (steps[source.layer]?.[source.output] ?? 1);
  for (const [index, layer] of layers.entries()) {
    const given = openSourcesOf(layers, index).map(stepsAt);
    const result = stepsOf(layer, given, timeSteps);
    if (typeof result === 'string') return { message: result, ...(places[index] ?? outputLine) };
    steps.push(result);
  }
  const count = stepsAt(outputSource);
  if (outputSteps === 'last' || count === timeSteps) return null;
  return {
    message: `${name} gives ${count} steps for the ${timeSteps} that it is given; the preview has an answer for each of these.`,
    ...outputLine,
  };
}

/** Steps of each output, or a sentence. */
function stepsOf(layer: OpenLayer, given: readonly number[], timeSteps: number): number[] | string {
  const [count = timeSteps] = given;
  switch (layer.kind) {
    case 'recurrent':
      return [count, 1, 1];
    case 'conv1d':
    case 'pool': {
      const reach = layer.kind === 'pool' ? layer.size : (layer.kernelSize - 1) * layer.dilation + 1;
      const slid = slidOver(lengthOf(count), reach, layer.stride, layer.padding).count ?? 0;
      return slid > 0 ? [slid] : `"${layer.path}" looks at ${reach} steps at a time, but is given ${count}.`;
    }
    case 'poolOverTime':
    case 'flatten':
      return [1];
    case 'step': {
      const isThere = layer.step < 0 ? -layer.step <= count : layer.step < count;
      return isThere ? [1] : `This takes step ${layer.step} of ${count}.`;
    }
    case 'repeat':
    case 'delayedTargets':
      return [layer.timeSteps === 'input' ? timeSteps : layer.timeSteps];
    case 'join':
      return given.every((other) => other === count)
        ? [count]
        : `"${layer.path}" joins sequences of ${given.join(' and ')} steps.`;
    default:
      return [count];
  }
}
