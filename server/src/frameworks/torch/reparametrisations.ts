/** `torch.nn.utils`: functions that compute an array of a layer from others. Source: PyTorch, torch/nn/utils. */
import { asNumber, type CallArguments, type CallSite, none, text, type Value } from '../../evaluate/values';
import { LibraryArguments } from '../arguments';
import { LayerValue } from '../layer';
import { exactly, floatTensor } from '../shapes';
import { isModule, register } from './modules';
import { parameterOf } from './parameters';
import type { TorchTrace } from './trace';

/** Functions that change neither how many numbers are trained nor which. */
const quiet: ReadonlySet<string> = new Set([
  'clip_grad_norm_',
  'clip_grad_norm',
  'clip_grad_value_',
  'get_total_norm',
  'parameters_to_vector',
  'vector_to_parameters',
]);

/** Functions that put an array of the same shape in the place of another, and buffers beside it. */
const sameSize: ReadonlySet<string> = new Set([
  'spectral_norm',
  'remove_spectral_norm',
  'parametrizations.spectral_norm',
  'parametrizations.orthogonal',
  'prune.identity',
  'prune.random_unstructured',
  'prune.l1_unstructured',
  'prune.random_structured',
  'prune.ln_structured',
  'prune.custom_from_mask',
  'prune.remove',
]);

/** The result of `torch.nn.utils.<name>(…)`. */
export function reparametrised(
  trace: TorchTrace,
  name: string,
  parameters: CallArguments,
  site: CallSite,
): Value | undefined {
  const [module = none] = parameters.positional;
  if (quiet.has(name)) return undefined;
  if (sameSize.has(name) && isModule(module, site)) return module;
  switch (name) {
    case 'weight_norm':
    case 'parametrizations.weight_norm':
      if (normaliseWeight(trace, parameters, site)) return module;
      break;
    case 'remove_weight_norm': {
      const given = new LibraryArguments(['module', 'name'], parameters, site);
      register(module, text(magnitudeName(given)), undefined, site);
      return module;
    }
    case 'parametrize.register_parametrization': {
      const given = new LibraryArguments(['module', 'tensor_name', 'parametrization'], parameters, site);
      const by = given.get('parametrization');
      // Without an inverse the array stays as it is; what computes it from that may hold arrays of its own.
      const isPlain = by?.kind === 'instance' && site.machine.attribute(by, 'right_inverse', site).kind === 'unknown';
      if (module instanceof LayerValue && isPlain) {
        module.setAttribute(`parametrizations.${given.text('tensor_name', 'weight')}`, by, site);
        return module;
      }
      break;
    }
    default:
  }
  if (module instanceof LayerValue) module.reparametrise(site);
  else if (module.kind === 'foreign') module.escape?.(site);
  return module;
}

function magnitudeName(given: LibraryArguments): string {
  return `${given.text('name', 'weight') ?? 'weight'}_g`;
}

/** Weight normalisation trains a magnitude for each index of one axis, or one for all, beside the direction. */
function normaliseWeight(trace: TorchTrace, parameters: CallArguments, site: CallSite): boolean {
  const given = new LibraryArguments(['module', 'name', 'dim'], parameters, site);
  const module = given.get('module');
  const name = given.text('name', 'weight');
  const weight = module instanceof LayerValue && name !== null ? module.ownWeight(name) : undefined;
  if (!(module instanceof LayerValue) || weight === undefined || module.replacements().size > 0) return false;
  const dimension = given.get('dim');
  const isWhole = dimension?.kind === 'none';
  const stated = dimension === undefined ? 0 : asNumber(dimension);
  const axis = stated !== undefined && stated < 0 ? weight.shape.length + stated : stated;
  if (!isWhole && (axis === undefined || weight.shape[axis] === undefined)) return false;
  // The other axes are kept with one index each.
  const shape = isWhole ? [] : weight.shape.map((size, position) => (position === axis ? size : exactly(1)));
  const magnitude = parameterOf(trace, trace.recorder.constant(floatTensor(shape)), site);
  module.setAttribute(magnitudeName(given), magnitude, site);
  return true;
}
