/** The recurrent layers of a draft with the calls that make and apply them. */
import type { SyntaxNode } from '@lezer/common';
import type { FlowNode, ValueReference } from '../../../../model/graph';
import { recurrentLayers } from '../../advice/architectures';
import { keepsMeaning, originOf, takesLastStep } from '../../advice/flow';
import type { RecurrentLayer } from '../cellDialect';
import { layerNamedByClass, lookupByNameMessage, lookupByNumberMessage, numberedLayer } from '../layerLookups';
import { assignmentTo, callAt, enclosing, textOf } from '../nodes';
import { callsOfAttribute } from '../torchCalls';
import { type Draft, refuseAt } from './draft';

export interface MadeLayer {
  readonly layer: RecurrentLayer;
  /** The call that makes it; of a wrapped layer, the wrapper's. */
  readonly whole: SyntaxNode;
  /** The call of its own class. */
  readonly core: SyntaxNode;
}

/** The recurrent layers in the order in which they are made; a call that makes several of them counts once. */
export function madeLayers({ analysis, graph }: Draft): readonly MadeLayer[] {
  const made = new Map<number, MadeLayer>();
  for (const layer of recurrentLayers(graph)) {
    const isHere = layer.coreLocation.file === analysis.file;
    const core = isHere ? callAt(analysis.tree, layer.coreLocation) : null;
    const whole = isHere ? callAt(analysis.tree, layer.location) : null;
    if (core === null || whole === null) refuseAt(graph.location, `${layer.path} is not made by a call in this file.`);
    if (!made.has(core.from)) made.set(core.from, { layer, whole, core });
  }
  return [...made.values()];
}

export function applicationsOf({ graph }: Draft, { path }: RecurrentLayer): readonly FlowNode[] {
  return graph.flow.filter(({ operation }) => operation.kind === 'layer' && operation.path === path);
}

/** The one that reads the sequence first, and the one whose output the rest of the model is given. */
export function endLayers(draft: Draft): { readonly first: MadeLayer; readonly last: MadeLayer } {
  const made = madeLayers(draft);
  const order = draft.graph.flow.flatMap(({ operation }) => (operation.kind === 'layer' ? [operation.path] : []));
  const applied = [...made].sort((a, b) => order.indexOf(a.layer.path) - order.indexOf(b.layer.path));
  const [first, last] = [applied[0], applied.at(-1)];
  if (first === undefined || last === undefined) {
    refuseAt(draft.graph.location, `${draft.graph.name} has no recurrent layer over a sequence.`);
  }
  if (made.some(({ layer }) => !leadsTo(draft, layer, last.layer))) {
    refuseAt(first.layer.location, `${draft.graph.name} has recurrent layers beside each other.`);
  }
  return { first, last };
}

/** Whether what the one layer gives reaches the other. */
function leadsTo({ graph }: Draft, from: RecurrentLayer, to: RecurrentLayer): boolean {
  const reached = new Set<number>();
  for (const { id, operation, inputs } of graph.flow) {
    const isFrom = operation.kind === 'layer' && operation.path === from.path;
    if (isFrom || inputs.some(({ node }) => reached.has(node))) reached.add(id);
  }
  return graph.flow.some(
    ({ id, operation }) => reached.has(id) && operation.kind === 'layer' && operation.path === to.path,
  );
}

/**
 * Whether something is made of every step of the last recurrent layer: perhaps the step that follows, so that what stands
 * in front of the layer must not show it.
 */
export function usesEveryStep(draft: Draft, { layer }: MadeLayer): boolean {
  const { graph } = draft;
  const { batchFirst, returnSequences } = layer.operation;
  if (!returnSequences) return false;
  const applications = new Set(applicationsOf(draft, layer).map(({ id }) => id));
  const isOfSteps = (reference: ValueReference): boolean => {
    const origin = originOf(graph, reference);
    return origin !== undefined && origin.output === 0 && applications.has(origin.node.id);
  };
  const takesOne = ({ operation }: FlowNode): boolean =>
    operation.kind === 'index' && takesLastStep(operation.steps, batchFirst);
  return (
    graph.outputs.some(isOfSteps) ||
    graph.flow.some((node) => !keepsMeaning(graph, node) && !takesOne(node) && node.inputs.some(isOfSteps))
  );
}

/** Refuses where a PyTorch layer is called in a place that the flow of the model does not show. */
export function checkEveryCall(draft: Draft, { layer, core }: MadeLayer): void {
  const { analysis } = draft;
  const target = assignmentTo(core)?.targets[0];
  const classBody = enclosing(core, 'ClassDefinition');
  if (target?.name !== 'MemberExpression' || classBody === null) return;
  const attribute = textOf(analysis.text, target);
  const shown = new Set(applicationsOf(draft, layer).map(({ location }) => location.from));
  const other = callsOfAttribute(analysis, classBody, attribute).find(({ from }) => !shown.has(from));
  if (other === undefined) return;
  const callee = other.firstChild === null ? attribute : textOf(analysis.text, other.firstChild);
  refuseAt(analysis.lines.locate(other), `${callee} is called here too, and must be changed by hand.`);
}

/** Refuses where the program looks layers up by what the change takes from them: their numbers, or names made of their class. */
export function checkLookups({ analysis }: Draft, ...changed: readonly ('numbers' | 'names')[]): void {
  const numbered = changed.includes('numbers') ? numberedLayer(analysis) : null;
  if (numbered !== null) refuseAt(analysis.lines.locate(numbered), lookupByNumberMessage);
  const named = changed.includes('names') ? layerNamedByClass(analysis) : null;
  if (named !== null) refuseAt(analysis.lines.locate(named), lookupByNameMessage);
}
