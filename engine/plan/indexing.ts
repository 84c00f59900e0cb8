/** Index expressions: one time step, one of PyTorch's stacked final states, the steps without those a convolution padded. */
import { type FlowNode, type IndexStep, knownInteger } from '../../model/graph';
import { type PlanBuilder, tensorOf } from './builder';
import { cutConvolution } from './convolution';
import { type Axis, oneStep, type Refused, refused, type Value } from './values';

export function applyIndex(builder: PlanBuilder, steps: readonly IndexStep[], value: Value, node: FlowNode): Value {
  if (value.kind === 'refused') return value;
  const current = value.kind === 'half' ? tensorOf(builder, value, 'An index', node.location) : value;
  if (current === null) return refused;
  let result: Exclude<Value, Refused> = current;
  const axes: Axis[] = [];
  let position = 0;
  for (const step of expanded(steps, current.axes.length)) {
    if (step.kind === 'newAxis') {
      axes.push('one');
      continue;
    }
    const axis = current.axes[position];
    position += 1;
    if (axis === undefined || step.kind === 'ellipsis' || step.kind === 'other') return refuse(builder, node);
    if (step.kind === 'slice' && isWhole(step)) {
      axes.push(axis);
      continue;
    }
    const taken = takeFrom(builder, result, axis, step, node);
    if (taken.kind === 'refused') return taken;
    result = taken;
    if (step.kind === 'slice') axes.push(axis === 'time' && isLastAlone(step) ? 'one' : axis);
  }
  axes.push(...current.axes.slice(position));
  return result.kind === 'half' ? result : { ...result, axes };
}

/** What is left of a value when one position or some of an axis are taken. */
function takeFrom(
  builder: PlanBuilder,
  value: Value,
  axis: Axis,
  step: Exclude<IndexStep, { kind: 'newAxis' | 'ellipsis' | 'other' }>,
  node: FlowNode,
): Value {
  const { location } = node;
  const at = step.kind === 'at' ? knownInteger(step.position) : isLastAlone(step) ? -1 : null;
  if (value.kind === 'states' && axis === 'states') {
    const items =
      step.kind === 'at'
        ? at === null
          ? []
          : value.items.slice(at, at === -1 ? undefined : at + 1)
        : slicedItems(value.items, step);
    const [only] = items;
    if (step.kind === 'slice' && items.length > 0) return { ...value, items };
    if (only !== undefined && items.length === 1) return only;
    return refuse(builder, node);
  }
  if (value.kind !== 'tensor') return refuse(builder, node);
  if (axis === 'one' && (at === 0 || at === -1)) return value;
  if (axis === 'time' && at !== null) {
    const tensor = tensorOf(builder, value, 'An index', location);
    if (tensor === null) return refused;
    const name = at === -1 ? 'last step' : `step ${at}`;
    return builder.through({ kind: 'step', step: at, path: `${name}@${location.line}` }, tensor, location, {
      steps: oneStep,
      activation: tensor.activation,
    });
  }
  if (axis === 'time' && step.kind === 'slice' && step.from === null && step.step === null && step.to !== null) {
    const removed = -(knownInteger(step.to) ?? 0);
    const [source] = node.inputs;
    const isOnlyReader = source !== undefined && builder.readers.get(`${source.node}.${source.output}`) === 1;
    const cut = removed > 0 && isOnlyReader ? cutConvolution(builder, value, removed) : null;
    if (cut !== null) return cut;
  }
  if (axis === 'width' && value.width === 1 && (at === 0 || at === -1)) return value;
  if (axis === 'width') {
    builder.obstacle('Taking part of a vector is not trained in the preview yet.', location);
    return refused;
  }
  return refuse(builder, node);
}

function refuse(builder: PlanBuilder, { location }: FlowNode): Value {
  builder.obstacle('Only an index that takes one time step or final state is trained in the preview.', location);
  return refused;
}

function slicedItems<Item>(items: readonly Item[], step: Extract<IndexStep, { kind: 'slice' }>): readonly Item[] {
  const bound = (size: typeof step.from): number | null | undefined => (size === null ? undefined : knownInteger(size));
  const [from, to] = [bound(step.from), bound(step.to)];
  return from === null || to === null || step.step !== null ? [] : items.slice(from, to);
}

/** `[-1:]`. */
function isLastAlone(step: IndexStep): boolean {
  return (
    step.kind === 'slice' &&
    step.from !== null &&
    knownInteger(step.from) === -1 &&
    step.to === null &&
    step.step === null
  );
}

/** With what an ellipsis, or the end of the expression, leaves whole. */
function expanded(steps: readonly IndexStep[], rank: number): readonly IndexStep[] {
  const ellipsis = steps.findIndex((step) => step.kind === 'ellipsis');
  if (ellipsis === -1) return steps;
  const taken = steps.filter((step) => step.kind !== 'ellipsis' && step.kind !== 'newAxis').length;
  const whole: IndexStep = { kind: 'slice', from: null, to: null, step: null };
  return [
    ...steps.slice(0, ellipsis),
    ...Array.from({ length: Math.max(0, rank - taken) }, () => whole),
    ...steps.slice(ellipsis + 1),
  ];
}

function isWhole(step: IndexStep): boolean {
  return step.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}
