/** What one layer costs, whatever its kind. */
import { type Expression, equals, minimum } from '../expression';
import {
  type Framework,
  isListed,
  type Layer,
  type ModelGraph,
  type Quantity,
  type Shape,
  unknown,
  type Weight,
} from '../graph';
import { Lazy } from '../lazy';
import { type Amount, amountOf, noSteps } from './amount';
import { type Application, applicationsOf, elementsPerSequence, loopsOf, openTimeSteps } from './applications';
import { combine, integer, product, sum, times } from './arithmetic';
import { bytesPerFloat } from './memory';
import { productsMacs, productsMacsPerStep, productsOver } from './products';
import {
  recurrentElementwise,
  recurrentInferenceMemory,
  recurrentMacs,
  recurrentMacsPerStep,
  recurrentOrder,
  recurrentParameters,
  recurrentTrainingMemory,
} from './recurrent';
import { spell, spellQuantity } from './spelling';

/** Costs of one layer; everything but the parameters is for one sequence, with the batch factored out. */
export interface LayerCosts {
  readonly path: string;
  readonly parameters: Amount;
  readonly trainable: Amount;
  /** Multiply-adds of matrix products. */
  readonly macs: Amount;
  /** Two per multiply-add. */
  readonly flops: Amount;
  /** Multiply-adds of one more step: of a recurrent layer one step, of every other one vector or position. */
  readonly macsPerStep: Amount;
  readonly flopsPerStep: Amount;
  /** Operations beside the matrix products. */
  readonly elementwise: Amount;
  /** Bytes of what the layer gives on, in 32-bit floats. */
  readonly inferenceMemory: Amount;
  /** Bytes that backpropagation keeps of the layer, in 32-bit floats. */
  readonly trainingMemory: Amount;
  /** As `trainingMemory`, where backpropagation through time is cut off after so many steps. */
  truncatedTrainingMemory(steps: Quantity): Amount;
  /** Steps that must be made one after another, whatever the hardware; 0 for a layer without a loop over time. */
  readonly sequentialDepth: Amount;
  /** The order of the work, `O(T·H·(I+H)), factor 4`; empty where there is none to speak of. */
  readonly order: string;
}

/** What a layer of the model costs; per sequence where not said otherwise. */
export function layerCosts(graph: ModelGraph, layer: Layer): LayerCosts {
  return new CostsOfLayer(graph, layer);
}

/** Costs worked out when they are asked for: of most layers an editor shows the parameters alone. */
class CostsOfLayer implements LayerCosts {
  private readonly counts: Lazy<Pick<LayerCosts, 'parameters' | 'trainable'>>;
  private readonly work: Lazy<Work>;

  constructor(
    private readonly graph: ModelGraph,
    private readonly layer: Layer,
  ) {
    this.counts = new Lazy(() => ({
      parameters: parametersOf(layer, graph.framework, 'all'),
      trainable: parametersOf(layer, graph.framework, 'trainable'),
    }));
    this.work = new Lazy(() => {
      const applications = applicationsOf(graph, layer);
      const work = workOf(graph, layer, applications);
      return isUntrained(graph, applications) ? { ...work, trainingMemory: untrainedMemory(applications) } : work;
    });
  }

  get path(): string {
    return this.layer.path;
  }

  get parameters(): Amount {
    return this.counts.value.parameters;
  }

  get trainable(): Amount {
    return this.counts.value.trainable;
  }

  get macs(): Amount {
    return this.work.value.macs;
  }

  get flops(): Amount {
    return flopsOf(this.macs);
  }

  get macsPerStep(): Amount {
    return this.work.value.macsPerStep;
  }

  get flopsPerStep(): Amount {
    return flopsOf(this.macsPerStep);
  }

  get elementwise(): Amount {
    return this.work.value.elementwise;
  }

  get inferenceMemory(): Amount {
    return this.work.value.inferenceMemory;
  }

  get trainingMemory(): Amount {
    return this.work.value.trainingMemory;
  }

  truncatedTrainingMemory(steps: Quantity): Amount {
    return truncatedMemory(this.graph, this.layer, this.trainingMemory, steps);
  }

  get sequentialDepth(): Amount {
    return this.work.value.sequentialDepth;
  }

  get order(): string {
    return this.work.value.order;
  }
}

/** FLOPs from multiply-adds: one multiplication and one addition each. */
export function flopsOf(macs: Amount): Amount {
  if (macs.expression === null) return amountOf({ kind: 'unknown', because: macs.because }, () => ['2·MACs'], '');
  const total = times(2, { kind: 'known', value: macs.expression });
  const product = { kind: 'known', value: macs.expression } as const;
  const nature = macs.grade === 'estimated' ? macs.grade : 'counted';
  return amountOf(total, () => ['2·MACs', `2·${spellQuantity(product)}`], macs.because, nature);
}

function parametersOf(layer: Layer, framework: Framework, which: 'all' | 'trainable'): Amount {
  const byFormula = layer.operation.op === 'recurrent' ? recurrentParameters(layer.operation, framework) : null;
  if (!isListed(layer.weights)) {
    return byFormula ?? amountOf({ kind: 'unknown', because: layer.weights.unknown }, noSteps, '');
  }
  if (which === 'trainable' && layer.weights.some(({ trainable }) => trainable === null)) {
    return amountOf(
      { kind: 'unknown', because: 'whether it is trained depends on a condition that is not known' },
      noSteps,
      '',
    );
  }
  const counted = layer.weights.filter(({ trainable }) => which === 'all' || trainable);
  const total = sum(...counted.map(({ shape }) => product(...shape)));
  if (byFormula !== null && total.kind === 'known' && isSame(byFormula.expression, total.value)) return byFormula;
  if (layer.operation.op === 'dense' && total.kind === 'known') {
    const dense = denseParameters(layer.operation.inputSize, layer.operation.units, layer.operation.bias);
    if (isSame(dense.expression, total.value)) return dense;
  }
  const because = counted.length === 0 ? 'it has no weights' : 'the sizes of its weights, added up';
  const steps = (): readonly string[] => [
    counted.map(({ name }) => name).join(' + '),
    counted.map(spellWeight).join(' + '),
  ];
  return amountOf(total, steps, because);
}

function isSame(left: Expression | null, right: Expression): boolean {
  return left !== null && equals(left, right) === 'yes';
}

function denseParameters(input: Quantity, units: Quantity, bias: boolean): Amount {
  const total = bias ? sum(product(input, units), units) : product(input, units);
  const template = (of: (name: string) => string): string =>
    bias ? `${of('I')}·${of('U')} + ${of('U')}` : `${of('I')}·${of('U')}`;
  return amountOf(
    total,
    () =>
      spell(
        template,
        new Map([
          ['I', input],
          ['U', units],
        ]),
      ),
    bias ? 'one bias vector' : 'without bias',
  );
}

function spellWeight({ shape }: Weight): string {
  return shape.length === 0 ? '1' : shape.map(spellQuantity).join('·');
}

type Work = Omit<
  LayerCosts,
  'path' | 'parameters' | 'trainable' | 'flops' | 'flopsPerStep' | 'truncatedTrainingMemory'
>;

function workOf(graph: ModelGraph, layer: Layer, applications: readonly Application[]): Work {
  const { operation } = layer;
  if (operation.op === 'recurrent') return recurrentWork(graph, layer, operation, applications);
  const output = outputMemory(applications);
  const common = { inferenceMemory: output, trainingMemory: output, sequentialDepth: none, order: '' };
  switch (operation.op) {
    case 'input':
      return { ...common, ...multipliesNothing, inferenceMemory: none, trainingMemory: none, elementwise: none };
    case 'flatten':
      return { ...common, ...multipliesNothing, inferenceMemory: none, trainingMemory: none, elementwise: none };
    case 'embedding': {
      const lookUp = { ...none, because: 'a table look-up' };
      return { ...common, macs: lookUp, macsPerStep: lookUp, elementwise: none, order: 'O(T·E)' };
    }
    case 'dense': {
      const { inputSize, units, bias } = operation;
      const positions = totalPositions(layer, applications);
      const sizes = new Map([
        ['N', positions],
        ['I', inputSize],
        ['U', units],
      ]);
      const macs = amountOf(
        product(positions, inputSize, units),
        () => spell((of) => `${of('N')}·${of('I')}·${of('U')}`, sizes),
        'N vectors per sequence',
      );
      const perVector = product(inputSize, units);
      const macsPerStep = amountOf(perVector, () => spell((of) => `${of('I')}·${of('U')}`, sizes), 'one vector');
      const perUnit = (bias ? 1 : 0) + (operation.activation === 'linear' ? 0 : 1);
      return {
        ...common,
        macs,
        macsPerStep,
        elementwise: elementwise(product(positions, units), perUnit),
        order: 'O(N·I·U)',
      };
    }
    case 'conv1d': {
      const { inputSize, filters, kernel, bias, activation } = operation;
      const outputs = totalElements(applications);
      const sizes = new Map([
        ['N', outputs],
        ['K', kernel],
        ['I', inputSize],
      ]);
      const macs = amountOf(
        product(outputs, kernel, inputSize),
        () => spell((of) => `${of('N')}·${of('K')}·${of('I')}`, sizes),
        `N outputs per sequence, each a sum over K steps of I channels; ${spellQuantity(filters)} filters`,
      );
      const perOutput = (bias ? 1 : 0) + (activation === 'linear' ? 0 : 1);
      const macsPerStep = amountOf(product(filters, kernel, inputSize), noSteps, 'one position');
      return { ...common, macs, macsPerStep, elementwise: elementwise(outputs, perOutput), order: 'O(T·F·K·I)' };
    }
    case 'dropout':
      return { ...common, ...multipliesNothing, inferenceMemory: none, elementwise: none };
    case 'activation':
      return { ...common, ...multipliesNothing, elementwise: elementwise(totalElements(applications), 1) };
    case 'normalisation':
      return { ...common, ...multipliesNothing, elementwise: elementwise(totalElements(applications), 2) };
    case 'other': {
      const missing = amountOf({ kind: 'unknown', because: operation.because }, noSteps, '');
      const { products, because } = operation;
      const kept = { ...common, ...insideOf(layer, operation, applications) };
      if (products === undefined) return { ...kept, macs: missing, macsPerStep: missing, elementwise: missing };
      const touched = elementwise(totalElements(applications), 1);
      if (products.length === 0) {
        const nothing = { ...none, because: `${because}: no products` };
        return { ...kept, macs: nothing, macsPerStep: nothing, elementwise: touched };
      }
      if (applications.length === 0) {
        const unapplied = amountOf(unappliedPositions(layer), noSteps, '');
        return { ...kept, macs: unapplied, macsPerStep: unapplied, elementwise: touched };
      }
      return {
        ...kept,
        macs: productsMacs(products, applications, because),
        macsPerStep: amountOf(productsMacsPerStep(products, applications), noSteps, `${because}, for one more step`),
        elementwise: touched,
      };
    }
  }
}

/** What a layer keeps for backpropagation beside its output, and the loops over time that it holds. */
function insideOf(
  layer: Layer,
  { kept, loops }: Extract<Layer['operation'], { op: 'other' }>,
  applications: readonly Application[],
): Partial<Pick<Work, 'trainingMemory' | 'sequentialDepth'>> {
  const inside: { trainingMemory?: Amount; sequentialDepth?: Amount } = {};
  if (kept !== undefined && applications.length > 0) {
    const values = sum(totalElements(applications), productsOver(kept, applications));
    const because = 'its output and what it computes on the way, in 32-bit floats';
    inside.trainingMemory = amountOf(times(bytesPerFloat, values), noSteps, because, 'estimated');
  }
  if (loops !== undefined) {
    const steps =
      applications.length === 0 ? unappliedPositions(layer) : sum(...applications.map((each) => each.timeSteps));
    inside.sequentialDepth = amountOf(product(steps, loops), noSteps, 'time steps one after another, in each layer');
  }
  return inside;
}

function recurrentWork(
  graph: ModelGraph,
  layer: Layer,
  operation: Extract<Layer['operation'], { op: 'recurrent' }>,
  applications: readonly Application[],
): Work {
  const { framework } = graph;
  const followed = applications.length > 0;
  // A layer that the rest of a followed model passes by has no work that anybody knows of.
  const isOpen = !operation.singleStep && !graph.flow.some((node) => node.operation.kind === 'layer');
  const whole = isOpen ? openTimeSteps(graph, layer) : unappliedPositions(layer);
  const tokens = followed ? sum(...applications.map(({ positions }) => positions)) : whole;
  const steps = followed ? sum(...applications.map(({ timeSteps }) => timeSteps)) : whole;
  const macs = recurrentMacs(operation, framework, tokens);
  const loops = followed ? loopsOf(graph, applications) : 1;
  const macsPerStep = amountOf(
    product(integer(loops), recurrentMacsPerStep(operation)),
    noSteps,
    'entries of the weight matrices',
  );
  const packed = applications.some((application) => application.packed);
  const bound = `${macs.because}; an upper bound, for the padded length: the input is packed`;
  return {
    macs: packed && macs.grade !== 'unknown' ? { ...macs, grade: 'estimated', because: bound } : macs,
    macsPerStep,
    elementwise: recurrentElementwise(operation, framework, tokens),
    inferenceMemory: recurrentInferenceMemory(operation, tokens),
    trainingMemory: recurrentTrainingMemory(operation, framework, tokens),
    sequentialDepth: amountOf(product(steps, operation.layers), noSteps, 'time steps one after another, in each layer'),
    order: recurrentOrder(operation, framework),
  };
}

/**
 * What backpropagation keeps of a layer when it is cut off after `steps`: no sequence is longer than that, neither where the
 * layer loops nor in what it gives on.
 */
function truncatedMemory(graph: ModelGraph, layer: Layer, whole: Amount, steps: Quantity): Amount {
  const { operation } = layer;
  const applications = applicationsOf(graph, layer);
  if (whole.expression === null || whole.value === 0) return whole;
  const cut = (length: Quantity): Quantity => combine([length, steps], (both) => minimum(...both));
  const because = `${whole.because}, of ${spellQuantity(steps)} steps at most`;
  if (operation.op === 'recurrent' && !isUntrained(graph, applications)) {
    const lengths =
      applications.length === 0
        ? [cut(openTimeSteps(graph, layer))]
        : applications.map((each) => product(each.sequences, cut(each.timeSteps)));
    return { ...recurrentTrainingMemory(operation, graph.framework, sum(...lengths)), because };
  }
  const lengths = sequenceLengths(graph);
  const elements = applications.map(({ node }) => {
    const shape = node.outputs[0]?.shape ?? unknown('its output is not known');
    return elementsPerSequence(graph, withTimeAxis(shape, lengths, cut));
  });
  const inside = operation.op === 'other' && !isUntrained(graph, applications) ? (operation.kept ?? []) : [];
  const kept =
    operation.op === 'other' && operation.loops !== undefined
      ? inside.map(({ count }) => product(count, sum(...applications.map((each) => cut(each.timeSteps)))))
      : [productsOver(inside, applications)];
  return amountOf(times(bytesPerFloat, sum(...elements, ...kept)), noSteps, because, 'estimated');
}

/** The lengths over which the model's recurrent layers loop. */
function sequenceLengths(graph: ModelGraph): readonly Expression[] {
  return graph.layers
    .filter(({ operation }) => operation.op === 'recurrent' && !operation.singleStep)
    .flatMap((layer) => applicationsOf(graph, layer))
    .flatMap(({ timeSteps }) => (timeSteps.kind === 'known' ? [timeSteps.value] : []));
}

/** The shape with its time axis changed: the first of the outer two that is as long as a loop of the model. */
function withTimeAxis(shape: Shape, lengths: readonly Expression[], change: (length: Quantity) => Quantity): Shape {
  if (shape.kind === 'unknown' || shape.axes.length < 3) return shape;
  const at = shape.axes.findIndex(
    (axis, position) =>
      position < 2 && axis.kind === 'known' && lengths.some((length) => equals(length, axis.value) === 'yes'),
  );
  const axis = shape.axes[at];
  return axis === undefined ? shape : { kind: 'known', axes: shape.axes.with(at, change(axis)) };
}

/** Whether nothing in the layer or before it is trained, so that no gradient comes as far as this. */
function isUntrained(graph: ModelGraph, applications: readonly Application[]): boolean {
  const trained = new Set(graph.layers.filter(mayBeTrained).map(({ path }) => path));
  const receives: boolean[] = [];
  for (const { operation, inputs } of graph.flow) {
    const isTrained = operation.kind === 'layer' && trained.has(operation.path);
    receives.push(isTrained || inputs.some(({ node }) => receives[node]));
  }
  return applications.length > 0 && applications.every(({ node }) => receives[node.id] === false);
}

/** What is trained behind it needs its output, and nothing needs what it computes on the way. */
function untrainedMemory(applications: readonly Application[]): Amount {
  const bytes = times(bytesPerFloat, totalElements(applications));
  return amountOf(bytes, noSteps, 'its output in 32-bit floats: nothing is trained as far as this', 'estimated');
}

function mayBeTrained({ weights }: Layer): boolean {
  return !isListed(weights) || weights.some(({ trainable }) => trainable !== false);
}

const none: Amount = amountOf(integer(0), noSteps, '');
const multipliesNothing = { macs: none, macsPerStep: none } as const;

function unappliedPositions(layer: Layer): Quantity {
  return { kind: 'unknown', because: `${layer.path} is not applied to a tensor that could be followed` };
}

function totalPositions(layer: Layer, applications: readonly Application[]): Quantity {
  if (applications.length === 0) return unappliedPositions(layer);
  return sum(...applications.map(({ positions }) => positions));
}

function totalElements(applications: readonly Application[]): Quantity {
  return sum(...applications.map(({ outputElements }) => outputElements));
}

function outputMemory(applications: readonly Application[]): Amount {
  if (applications.length === 0) {
    return amountOf({ kind: 'unknown', because: 'its output is not known' }, noSteps, '', 'estimated');
  }
  const bytes = times(bytesPerFloat, totalElements(applications));
  return amountOf(bytes, noSteps, 'its output in 32-bit floats', 'estimated');
}

function elementwise(elements: Quantity, perElement: number): Amount {
  return amountOf(times(perElement, elements), noSteps, `${perElement} per element`, 'estimated');
}
