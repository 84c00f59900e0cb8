/** Steps of optimisers and clipping by norm: one dispatch each. */
import type { Backend } from '../backend';
import type { CommandQueue, Kernel } from './commandQueue';
import adamSource from './kernels/adam.wgsl';
import clipByNormSource from './kernels/clipByNorm.wgsl';
import numbersSource from './kernels/numbers.wgsl';
import rmspropSource from './kernels/rmsprop.wgsl';
import sgdSource from './kernels/sgd.wgsl';
import { workgroupsOf } from './workgroups';

const adamKernel: Kernel = { name: 'adam', source: adamSource, constants: {} };
const clipByNormKernel: Kernel = {
  name: 'clipByNorm',
  source: `${numbersSource}\n${clipByNormSource}`,
  constants: {},
};

export function updateOperations(queue: CommandQueue): Pick<Backend, 'clipByNorm' | 'sgd' | 'rmsprop' | 'adam'> {
  return {
    clipByNorm: (values, squaredNorm, limit, margin) =>
      queue.dispatch(
        clipByNormKernel,
        workgroupsOf(values.length),
        [values.offset, values.length, squaredNorm.offset],
        [limit, margin],
      ),
    sgd: (parameters, gradients, velocity, settings) =>
      queue.dispatch(
        {
          name: 'sgd',
          source: sgdSource,
          constants: { has_velocity: velocity === null ? 0 : 1, is_nesterov: settings.nesterov ? 1 : 0 },
        },
        workgroupsOf(parameters.length),
        [parameters.offset, gradients.offset, velocity?.offset ?? 0, parameters.length],
        [
          ...[settings.momentum, settings.intoVelocity, settings.intoParameters],
          ...[settings.decayIntoGradient, settings.kept],
        ],
      ),
    rmsprop: (parameters, gradients, meanSquare, meanGradient, velocity, settings) =>
      queue.dispatch(
        {
          name: 'rmsprop',
          source: rmspropSource,
          constants: { has_mean_gradient: meanGradient === null ? 0 : 1, has_velocity: velocity === null ? 0 : 1 },
        },
        workgroupsOf(parameters.length),
        [
          ...[parameters.offset, gradients.offset, meanSquare.offset],
          ...[meanGradient?.offset ?? 0, velocity?.offset ?? 0, parameters.length],
        ],
        [
          ...[settings.decay, 1 - settings.decay, settings.epsilonInRoot, settings.epsilonAfterRoot],
          ...[settings.momentum, settings.intoVelocity, settings.intoParameters],
          ...[settings.decayIntoGradient, settings.kept],
        ],
      ),
    adam: (parameters, gradients, firstMoment, secondMoment, settings) =>
      queue.dispatch(
        adamKernel,
        workgroupsOf(parameters.length),
        [parameters.offset, gradients.offset, firstMoment.offset, secondMoment.offset, parameters.length],
        [
          ...[settings.stepSize, settings.beta1, settings.beta2, 1 - settings.beta1, 1 - settings.beta2],
          ...[settings.secondMomentScale, settings.epsilon, settings.decayIntoGradient, settings.kept],
        ],
      ),
  };
}
