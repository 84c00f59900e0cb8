/** What TensorFlow throws while it computes (no memory left, a driver that is gone) as what moves a run to another backend. */
import { DeviceLostError } from '../deviceLost';
import type { Network } from '../network';

/** The same network, whose promises reject as `Network` has it. Throws a `DeviceLostError` where there is no room for it. */
export function withDeviceErrors(create: () => Network): Network {
  const network = guarded(create);
  return {
    ...network,
    loadBatch: (inputs, targets) => guarded(() => network.loadBatch(inputs, targets)),
    trainStep: (step, settings) => settled(() => network.trainStep(step, settings)),
    evaluate: () => settled(network.evaluate),
    predictions: () => settled(network.predictions),
    gradientReach: () => settled(network.gradientReach),
    findNonFinite: () => settled(network.findNonFinite),
    findLargestOutput: () => settled(network.findLargestOutput),
    snapshot: () => settled(network.snapshot),
    restore: (snapshot) => guarded(() => network.restore(snapshot)),
  };
}

function guarded<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw new DeviceLostError(firstLineOf(error));
  }
}

async function settled<T>(compute: () => Promise<T>): Promise<T> {
  try {
    return await compute();
  } catch (error) {
    throw new DeviceLostError(firstLineOf(error));
  }
}

/** Before TensorFlow's messages tfjs-node puts a number, and they go on for lines about where they come from. */
export function firstLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.replace(/^Invalid TF_Status: \d+\s+Message: /, '').split('\n');
  return line.trim();
}
