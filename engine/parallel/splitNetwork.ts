/**
 * A network whose batches are split over several threads. The leader has the first part, the parameters and the optimiser; the
 * others have the same layers for the rest of the batch. Each step every thread computes the gradients of its part, the leader
 * sums them in the order of the parts, so that the same seed on as many threads gives the same curve, and updates.
 */
import type { BackendFactory, Numbers } from '../backend';
import { createNetwork, type EngineNetwork, meanLoss, type Place, type RowLosses } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { type BatchPart, partsOf, putPart, takePart } from './batchParts';
import { connectPart, type PartConnection, type PartWorker } from './partConnection';
import type { PartCommand, PartReply, PartTask } from './partProtocol';

/** What every part computes with; `kernels` are those of the WebAssembly backend. */
export interface SplitBackend {
  readonly name: PartTask['backend'];
  readonly create: BackendFactory;
  readonly kernels: PartTask['kernels'];
}

interface OtherPart {
  readonly part: BatchPart;
  readonly connection: PartConnection;
}

/**
 * @param workers those that are to have a part each besides the calling thread: fewer than `batch`
 * @param sharesMemory whether they see memory of this thread, or are sent copies
 */
export function createSplitNetwork(
  plan: TrainingPlan,
  batch: number,
  { create, name, kernels }: SplitBackend,
  seed: number,
  workers: readonly PartWorker[],
  sharesMemory: boolean,
): EngineNetwork {
  const parts = partsOf(batch, 1 + workers.length);
  const [ownPart] = parts;
  if (ownPart === undefined || parts.some(({ count }) => count === 0))
    throw new Error('a batch has fewer parts than threads');
  const lead = createNetwork(plan, ownPart.count, create, seed, { first: 0, of: batch });
  const { backend, parameterSection } = lead;
  const outputWidth = plan.output.width;
  const shapeOf = (count: number): EngineNetwork['batchShape'] => ({ ...lead.batchShape, batch: count });
  const shape = shapeOf(batch);
  const others = workers.map((worker, index): OtherPart => {
    const part = parts[index + 1] ?? ownPart;
    const lengths = { shape: shapeOf(part.count), parameters: parameterSection.length, outputWidth };
    return {
      part,
      connection: connectPart(worker, { plan, batch, part, seed, backend: name, kernels }, lengths, sharesMemory),
    };
  });
  const make = (length: number): Numbers => new (name === 'reference' ? Float64Array : Float32Array)(length);
  const makeRows = (width: number): Numbers => make(shape.targetSteps * batch * width);
  const ownInputs = make(shape.inputSteps * ownPart.count * shape.inputWidth);
  const ownTargets = make(shape.targetSteps * ownPart.count * shape.targetWidth);
  const [wholeLosses, wholeWeights] = [makeRows(1), makeRows(1)];

  /** What every part makes of a command, the leader's own by `compute`. */
  const everywhere = async <Own>(
    command: PartCommand,
    compute: () => Promise<Own>,
  ): Promise<{ readonly own: Own; readonly replies: readonly Exclude<PartReply, { kind: 'failed' }>[] }> => {
    for (const { connection } of others) connection.ask(command);
    const own = await compute();
    const replies = [];
    for (const { connection } of others) replies.push(await connection.reply());
    return { own, replies };
  };
  const withParameters = async <Own>(command: PartCommand, compute: () => Promise<Own>): Promise<Own> => {
    const parameters = await backend.read(parameterSection);
    for (const { connection } of others) connection.exchange.parameters.set(parameters);
    return (await everywhere(command, compute)).own;
  };
  const gatherRows = (own: RowLosses): RowLosses => {
    putPart(own.losses, ownPart, batch, 1, wholeLosses);
    for (const { part, connection } of others) putPart(connection.exchange.losses, part, batch, 1, wholeLosses);
    if (own.weights === null) return { losses: wholeLosses, weights: null };
    putPart(own.weights, ownPart, batch, 1, wholeWeights);
    for (const { part, connection } of others) putPart(connection.exchange.weights, part, batch, 1, wholeWeights);
    return { losses: wholeLosses, weights: wholeWeights };
  };
  /** What each part's mean counts for in that of the batch: its rows by their weights. */
  const sharesOf = (ownWeights: Numbers | null): number[] => {
    if (ownWeights === null) return parts.map(({ count }) => count / batch);
    const sums = [ownWeights, ...others.map(({ connection }) => connection.exchange.weights)].map(sum);
    const total = sums.reduce((left, right) => left + right, 0);
    return sums.map((counted) => (total === 0 ? 0 : counted / total));
  };
  const combineReach = (own: readonly number[], shares: readonly number[]): number[] =>
    own.map((norm, lag) =>
      Math.hypot(
        norm * (shares[0] ?? 0),
        ...others.map(
          ({ connection }, index) => (connection.exchange.gradientReach[lag] ?? 0) * (shares[index + 1] ?? 0),
        ),
      ),
    );
  let lastShares = sharesOf(null);

  const computeGradients: EngineNetwork['computeGradients'] = async (step, measureReach) => {
    const own = await withParameters({ kind: 'computeGradients', step, measureReach }, () =>
      lead.computeGradients(step, measureReach),
    );
    const shares = sharesOf(own.weights);
    lastShares = shares;
    lead.joinGradients(
      shares[0] ?? 0,
      others.map(({ connection }, index) => ({
        gradients: connection.exchange.gradients,
        share: shares[index + 1] ?? 0,
      })),
    );
    return { ...gatherRows(own), gradientReach: own.gradientReach && combineReach(own.gradientReach, shares) };
  };

  return {
    ...lead,
    device: lead.device.replace('1 thread', `${parts.length} threads`),
    batchShape: shape,
    arenaLength: lead.arenaLength * parts.length,
    loadBatch: (inputs, targets) => {
      takePart(inputs, ownPart, batch, shape.inputWidth, ownInputs);
      takePart(targets, ownPart, batch, shape.targetWidth, ownTargets);
      lead.loadBatch(ownInputs, ownTargets);
      for (const { part, connection } of others) {
        takePart(inputs, part, batch, shape.inputWidth, connection.exchange.inputs);
        takePart(targets, part, batch, shape.targetWidth, connection.exchange.targets);
      }
    },
    computeGradients,
    trainStep: async (step, settings) => {
      const { gradientReach, ...rowLosses } = await computeGradients(step, settings.measureReach ?? false);
      return { loss: meanLoss(rowLosses), gradientNorm: await lead.update(step, settings), gradientReach };
    },
    differentiate: async (step) => meanLoss(await computeGradients(step, false)),
    evaluate: async () => {
      const own = await withParameters({ kind: 'evaluate' }, lead.evaluate);
      lastShares = sharesOf(own.weights);
      return gatherRows(own);
    },
    predictions: async () => {
      const { own } = await everywhere({ kind: 'predictions' }, lead.predictions);
      const whole = makeRows(outputWidth);
      putPart(own, ownPart, batch, outputWidth, whole);
      for (const { part, connection } of others)
        putPart(connection.exchange.predictions, part, batch, outputWidth, whole);
      return whole;
    },
    gradientReach: async () => {
      const own = await withParameters({ kind: 'gradientReach' }, lead.gradientReach);
      return combineReach(own, lastShares);
    },
    findNonFinite: async () => {
      const { own, replies } = await everywhere({ kind: 'findNonFinite' }, lead.findNonFinite);
      const places = [own, ...replies.flatMap((reply) => (reply.kind === 'place' ? [reply.place] : []))];
      return places.reduce((earliest, place) => (rankOf(place) < rankOf(earliest) ? place : earliest));
    },
    findLargestOutput: async () => {
      const { own, replies } = await everywhere({ kind: 'findLargestOutput' }, lead.findLargestOutput);
      const all = [own, ...replies.flatMap((reply) => (reply.kind === 'largest' ? [reply.largest] : []))];
      return all.reduce((largest, next) => (next.magnitude > largest.magnitude ? next : largest));
    },
    end: () => {
      for (const { connection } of others) connection.end();
      lead.end();
    },
  };
}

/** What comes first on the way through a network. */
function rankOf({ kind }: Place): number {
  return (['inputs', 'targets', 'output', 'gradient'] as const).indexOf(kind);
}

function sum(numbers: Numbers): number {
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index] ?? 0;
  return total;
}
