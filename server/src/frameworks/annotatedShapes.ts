/** Shapes that annotations state: jaxtyping's `Float[Tensor, "batch time 32"]`, torchtyping's `TensorType["batch", 32]`. */
import { add, constant, multiply, negate, type Expression as Size } from '../../../model/expression';
import { batchMeaning, known, type Quantity, type TensorType, timeMeaning, unknown } from '../../../model/graph';
import type { Machine } from '../evaluate/machine';
import { lookUp, type Scope } from '../evaluate/scope';
import type { Expression, FunctionDefinition, Lambda, Slice } from '../syntax/python/ast';
import { shapeOf } from './shapes';

/** Names that people give to the axes every model has. */
const batchNames: ReadonlySet<string> = new Set(['b', 'B', 'batch', 'batch_size']);
const timeNames: ReadonlySet<string> = new Set([
  't',
  'T',
  'time',
  'timesteps',
  'time_steps',
  'seq',
  'seq_len',
  'seqlen',
  'sequence',
  'length',
]);

/** The types of those parameters of a function whose annotations state a shape. A name means one size in all of them. */
export function annotatedTypes(
  definition: FunctionDefinition | Lambda,
  scope: Scope,
  machine: Machine,
): ReadonlyMap<string, TensorType> {
  const types = new Map<string, TensorType>();
  let timeName: string | null = null;
  const axisNamed = (name: string): Size => {
    if (batchNames.has(name)) return machine.symbol({ name: 'B', meaning: batchMeaning });
    if (timeNames.has(name)) timeName ??= name;
    if (timeName === name) return machine.symbol({ name: 'T', meaning: timeMeaning });
    const location = machine.locateIn(scope, definition);
    return machine.symbol({ name, meaning: `the axis ${name} that an annotation names`, location });
  };
  for (const { name, annotation } of definition.parameters) {
    const stated = annotation === null ? undefined : statedAxes(annotation, scope);
    if (stated === undefined) continue;
    const { element, axes } = stated;
    const open = axes.findLastIndex((axis) => isAnyNumber(axis));
    const sizes = axes.slice(open + 1).map((axis) => sizeOfAxis(axis, axisNamed));
    const last = sizes.at(-1);
    const because = `the annotation of ${name} leaves its number of axes open`;
    const shape: TensorType['shape'] =
      open === -1 ? shapeOf(sizes) : { kind: 'unknown', because, ...(last === undefined ? {} : { last }) };
    types.set(name, { shape, element });
  }
  return types;
}

interface StatedAxes {
  readonly element: TensorType['element'];
  /** As jaxtyping writes them, one a word. */
  readonly axes: readonly string[];
}

function statedAxes(annotation: Expression, scope: Scope): StatedAxes | undefined {
  if (annotation.kind !== 'subscript') return undefined;
  const path = pathOf(annotation.object, scope);
  const [library, name = ''] = path?.split('.') ?? [];
  if (library === 'torchtyping' && name === 'TensorType') {
    const axes = annotation.indices.flatMap((index) => torchtypingAxis(index) ?? []);
    return axes.length === 0 ? undefined : { element: 'unknown', axes };
  }
  const [, shape] = annotation.indices;
  if (library !== 'jaxtyping' || shape?.kind !== 'string' || annotation.indices.length !== 2) return undefined;
  return { element: elementOf(name), axes: shape.value.split(/\s+/).filter(Boolean) };
}

/** The library's path that a name or an attribute of a module stands for. */
function pathOf(node: Expression, scope: Scope): string | undefined {
  if (node.kind === 'attribute') {
    const module = pathOf(node.object, scope);
    return module === undefined ? undefined : `${module}.${node.name}`;
  }
  const value = node.kind === 'name' ? lookUp(scope, node.name) : undefined;
  return value?.kind === 'library' ? value.path : undefined;
}

function elementOf(name: string): TensorType['element'] {
  if (/^(?:B?Float|Inexact)/.test(name)) return 'float';
  if (/^U?Int/.test(name)) return 'integer';
  return name === 'Bool' ? 'boolean' : 'unknown';
}

/** Undefined for what is no axis: an element type, or details that only torchtyping knows. */
function torchtypingAxis(index: Expression | Slice): string | undefined {
  switch (index.kind) {
    case 'string':
      return index.value;
    case 'number':
      return String(index.value);
    case 'constant':
      return index.value === 'ellipsis' ? '...' : undefined;
    case 'slice':
      // `"channels": 32` names an axis and states its size.
      return index.upper?.kind === 'number' ? String(index.upper.value) : '_';
    case 'unary':
      return '_';
    default:
      return undefined;
  }
}

/** `...` and `*name` stand for any number of axes. */
function isAnyNumber(axis: string): boolean {
  return axis === '...' || axis.startsWith('*');
}

/** The size of one axis: `32`, `name`, `name=32`, or sums and products of such. */
function sizeOfAxis(axis: string, axisNamed: (name: string) => Size): Quantity {
  const stated = /^\w+=(\d+)$/.exec(axis)?.[1] ?? axis;
  // `_` may be anything, `#name` may be 1, `?name` and `{…}` are only known when it runs.
  if (!/^[A-Za-z0-9]\w*(?:[-+*][A-Za-z0-9]\w*)*$/.test(stated)) return unknown('an annotation leaves it open');
  const factorOf = (text: string): Size => (/^\d+$/.test(text) ? constant(Number(text)) : axisNamed(text));
  const terms = stated.match(/(?:^|[-+])[^-+]+/g) ?? [];
  try {
    const sizes = terms.map((term) => {
      const size = multiply(...term.replace(/^[-+]/, '').split('*').map(factorOf));
      return term.startsWith('-') ? negate(size) : size;
    });
    return known(add(...sizes));
  } catch (error) {
    if (error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}
