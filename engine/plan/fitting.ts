/** How wide every value of a plan is, and where a layer is given widths that it cannot join. */
import type { Place } from '../place';
import type { ModelPlan } from './modelPlan';
import { type Source, sourcesOf } from './trainingPlan';

export type Fitting =
  | { readonly kind: 'fits'; readonly outputWidth: number | null }
  | { readonly kind: 'misfit'; readonly message: string; readonly place: Place | undefined };

/** A null width is that of the input, or follows from it. */
type Width = number | null;

export function fittingOf({ layers, places, input, outputSource }: FittedPlan): Fitting {
  const outputs: (readonly Width[])[] = [];
  const read = new Map<string, Width>();
  const tables = new Map<string, number>();
  const widthOf = (source: Source): Width =>
    source === 'input' ? (input.kind === 'tokens' ? 1 : input.width) : (outputs[source.layer]?.[source.output] ?? null);
  for (const [index, layer] of layers.entries()) {
    const misfit = (message: string): Fitting => ({ kind: 'misfit', message, place: places[index] });
    const widths = sourcesOf(layers, index).map(widthOf);
    const [width = null] = widths;
    switch (layer.kind) {
      case 'recurrent': {
        const state = layer.projection ?? layer.hiddenSize;
        const factor = layer.direction === 'both' && layer.merge === 'concat' ? 2 : 1;
        const initial = widths.slice(1).find((each, place) => {
          const isCell = layer.cell === 'lstm' && place % 2 === 1;
          return each !== null && each !== (isCell ? layer.hiddenSize : state);
        });
        if (initial !== undefined) {
          return misfit(`"${layer.path}" is ${state} wide and would start from a state of ${initial} numbers.`);
        }
        outputs.push([factor * state, factor * state, factor * layer.hiddenSize]);
        break;
      }
      case 'embedding':
        tables.set(`${layer.path}.table`, layer.width);
        outputs.push([layer.width]);
        break;
      case 'delayedTargets':
        outputs.push([layer.width]);
        break;
      case 'dense': {
        const table = layer.tiedTo === undefined ? undefined : tables.get(layer.tiedTo);
        if (table !== undefined && width !== null && width !== table) {
          return misfit(
            `"${layer.path}" has the weights of a table ${table} wide and would be given ${width} numbers.`,
          );
        }
        outputs.push([layer.units]);
        break;
      }
      case 'conv1d':
        outputs.push([layer.filters]);
        break;
      case 'multiHeadAttention':
        outputs.push([layer.outputWidth]);
        break;
      case 'attention': {
        const [query, key = query] = widths;
        if (query != null && key != null && query !== key) {
          return misfit(`"${layer.path}" would compare queries of ${query} numbers with keys of ${key}.`);
        }
        outputs.push([widths.at(-1) ?? null]);
        break;
      }
      case 'flatten':
        outputs.push([null]);
        break;
      case 'join': {
        if (layer.how === 'concat') {
          outputs.push([widths.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0)]);
          break;
        }
        const known = widths.filter((each) => each !== null);
        const widest = known.find((each) => each !== 1) ?? known[0] ?? null;
        if (known.some((each) => each !== widest && !(layer.how === 'multiply' && each === 1))) {
          return misfit(
            `"${layer.path}" would join ${known.join(' and ')} numbers, which go together only where they are as many.`,
          );
        }
        outputs.push([widest]);
        break;
      }
      default:
        outputs.push([width]);
    }
    // Layers of one path have one set of weights.
    const weighed = layer.kind === 'recurrent' || layer.kind === 'dense' || layer.kind === 'conv1d';
    const before = read.get(layer.path);
    if (weighed && before != null && width !== null && before !== width) {
      return misfit(`"${layer.path}" would be applied to ${before} numbers and to ${width}.`);
    }
    if (weighed && width !== null) read.set(layer.path, width);
  }
  return { kind: 'fits', outputWidth: widthOf(outputSource) };
}

type FittedPlan = Pick<ModelPlan, 'layers' | 'places' | 'input' | 'outputSource'>;
