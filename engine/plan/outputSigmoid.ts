/** A plan without the sigmoid at its end, which binary cross-entropy takes of the logits itself. */
import { outputSource, type PlannedLayer, type Source, sourcesOf, type TrainingPlan } from './trainingPlan';

/** Throws an Error where something else stands at the end, which is a mistake of the planner. */
export function withoutOutputSigmoid(plan: TrainingPlan): TrainingPlan {
  const index = sigmoidBefore(plan, outputSource(plan));
  const last = plan.layers[index];
  if (last?.kind === 'dense' && last.activation === 'sigmoid') {
    const layers = plan.layers.with(index, { ...last, activation: null });
    return { ...plan, layers };
  }
  if (last?.kind === 'activation' && last.activation === 'sigmoid') return withoutLayer(plan, index);
  throw new Error('a sigmoid was to be at the end of the plan');
}

/** The layer that a value comes from, or whose numbers it hands on as they are. */
function sigmoidBefore({ layers }: Pick<TrainingPlan, 'layers'>, source: Source): number {
  if (source === 'input') return -1;
  const [read, ...others] = sourcesOf(layers, source.layer);
  switch (layers[source.layer]?.kind) {
    case 'step':
    case 'flatten':
    case 'reverse':
    case 'dropout':
      return read === undefined || others.length > 0 ? -1 : sigmoidBefore({ layers }, read);
    default:
      return source.layer;
  }
}

/** What reads the layer reads what it read. */
function withoutLayer(plan: TrainingPlan, index: number): TrainingPlan {
  const [read] = sourcesOf(plan.layers, index);
  const moved = (source: Source): Source => {
    if (source === 'input' || source.layer < index) return source;
    return source.layer === index ? (read ?? 'input') : { ...source, layer: source.layer - 1 };
  };
  const layers = plan.layers.flatMap((layer, position): PlannedLayer[] =>
    position === index ? [] : [{ ...layer, reads: sourcesOf(plan.layers, position).map(moved) }],
  );
  return { ...plan, layers, output: { ...plan.output, source: moved(outputSource(plan)) } };
}
