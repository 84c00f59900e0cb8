/** Whatever TensorFlow throws of a device is the loss of it, also where it throws at once. */
import { expect, test } from 'vitest';
import { DeviceLostError } from '../deviceLost';
import type { Network } from '../network';
import { withDeviceErrors } from '../tfjs/deviceErrors';

const outOfMemory = 'Invalid TF_Status: 8\nMessage: OOM when allocating tensor\n  at somewhere';

function fail(): never {
  throw new Error(outOfMemory);
}

/** A network of a device without memory. */
function failing(): Network {
  return Object.assign(Object.create(null), { loadBatch: fail, restore: fail, evaluate: fail });
}

const asks: readonly { readonly what: string; readonly ask: () => unknown }[] = [
  { what: 'making it', ask: () => withDeviceErrors(fail) },
  { what: 'loading a batch', ask: () => withDeviceErrors(failing).loadBatch([], []) },
  { what: 'restoring it', ask: () => withDeviceErrors(failing).restore([]) },
  { what: 'evaluating', ask: () => withDeviceErrors(failing).evaluate() },
];

test.each(asks)('$what', async ({ ask }) => {
  await expect(async () => ask()).rejects.toEqual(new DeviceLostError('OOM when allocating tensor'));
});
