/** How many steps every value of a plan has once the data say how many the input has, and where that does not work out. */
import type { Obstacle } from '../../protocol/trainer';
import type { ModelPlan, OpenLayer } from './modelPlan';
import { windowCount } from './timeWindows';
import { type Source, sourcesOf } from './trainingPlan';

/** Why a model cannot run over so many steps, or gives other than `answers`, for which the data are; null where it can. */
export function lengthMisfit(model: ModelPlan, timeSteps: number, answers: number): Obstacle | null {
  const given = givenSteps(model, timeSteps);
  if (typeof given !== 'number') return given;
  if (given === answers) return null;
  const message = `${model.name} gives ${given} steps for the ${timeSteps} that it is given; the preview has an answer for ${answers}.`;
  return { message, ...model.outputLine };
}

/** Steps of what is trained, of a model that is given so many; as many where it cannot run over them. */
export function outputLength(model: ModelPlan, timeSteps: number): number {
  const given = givenSteps(model, timeSteps);
  return typeof given === 'number' ? given : timeSteps;
}

function givenSteps(model: ModelPlan, timeSteps: number): number | Obstacle {
  const { layers, places, outputSource, outputSteps, outputLine } = model;
  const steps: number[][] = [];
  const stepsAt = (source: Source): number =>
    source === 'input' ? timeSteps : (steps[source.layer]?.[source.output] ?? 1);
  for (const [index, layer] of layers.entries()) {
    const given = sourcesOf(layers, index).map(stepsAt);
    const result = stepsOf(layer, given, timeSteps);
    if (typeof result === 'string') return { message: result, ...(places[index] ?? outputLine) };
    steps.push(result);
  }
  return outputSteps === 'last' ? 1 : stepsAt(outputSource);
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
      const slid = windowCount(count, reach, layer.stride, layer.padding);
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
