/** What TensorFlow throws while it computes (no memory left, a driver that is gone) as what moves a run to another backend. */
import { DeviceLostError } from '../deviceLost';
import type { Network } from '../network';

/** The same network, whose promises reject as `Network` has it. */
export function withDeviceErrors(network: Network): Network {
  return {
    ...network,
    trainStep: (step, settings) => guarded(() => network.trainStep(step, settings)),
    evaluate: () => guarded(network.evaluate),
    predictions: () => guarded(network.predictions),
    gradientReach: () => guarded(network.gradientReach),
    findNonFinite: () => guarded(network.findNonFinite),
    findLargestOutput: () => guarded(network.findLargestOutput),
    snapshot: () => guarded(network.snapshot),
  };
}

async function guarded<T>(compute: () => Promise<T>): Promise<T> {
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
