/** A queue of work for a GPU: its order, its memory, and what its reads say when the device computes no further. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeviceLostError } from '../deviceLost';
import { createCommandQueue, type Kernel } from '../webgpu/commandQueue';
import { openTestGpu } from './webgpuBackend';

const fill: Kernel = {
  name: 'fill of a test',
  source: `struct Operands { first: u32, length: u32, value: f32 }
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < operands.length) { arena[operands.first + id.x] = operands.value; }
}`,
  constants: {},
};
const mistaken: Kernel = {
  name: 'mistaken',
  source: 'struct Operands { a: u32 } fn main() { nonsense }',
  constants: {},
};
const first = { offset: 0, length: 7 };

afterEach(() => {
  vi.useRealTimers();
});

test('kernels, writes and reads happen in the order in which they are asked for, in one submission', async () => {
  const queue = createCommandQueue(await openTestGpu(), 100);
  for (const round of [1, 2, 3]) {
    queue.dispatch(fill, [1], [0, 10], [round]);
    queue.write({ offset: 3, length: 2 }, [10, 20]);
    const before = queue.read(first);
    queue.dispatch(fill, [1], [0, 4], [9]);
    queue.write({ offset: 0, length: 1 }, [7]);
    const after = queue.read(first);
    expect(Array.from(await before)).toEqual([round, round, round, 10, 20, round, round]);
    expect(Array.from(await after)).toEqual([7, 9, 9, 9, 20, round, round]);
    expect(queue.counts.submissions).toBe(round);
  }
});

test('what is written may be changed right away, and may be more than is kept for uploads', async () => {
  const length = 12_000_000;
  const queue = createCommandQueue(await openTestGpu(), length);
  const values = new Float32Array(length);
  queue.dispatch(fill, [1], [0, 1], [5]);
  for (const value of [1, 2, 3]) queue.write({ offset: 1, length: length - 1 }, values.fill(value).subarray(1));
  values.fill(0);
  const numbers = await queue.read({ offset: 0, length });
  expect([numbers[0], numbers[1], numbers[length - 1]]).toEqual([5, 3, 3]);
  queue.release();
});

describe('reads reject', () => {
  test('those under way and all to come when the device is lost, with its reason', async () => {
    const gpu = await openTestGpu();
    const queue = createCommandQueue(gpu, 100);
    const [one, another] = [queue.read(first), createCommandQueue(gpu, 100).read(first)];
    gpu.device.destroy();
    await expect(one).rejects.toThrow(DeviceLostError);
    await expect(another).rejects.toThrow(/computes no further: .*destroyed\.$/i);
    queue.dispatch(fill, [1], [0, 1], [1]);
    queue.write(first, new Float32Array(7));
    await expect(queue.read(first)).rejects.toThrow(DeviceLostError);
  });

  test('when the device refuses a kernel, with its text', async () => {
    const queue = createCommandQueue(await openTestGpu(), 100);
    queue.dispatch(mistaken, [1], [0]);
    await expect(queue.read(first)).rejects.toThrow(/^The device of this run computes no further: WebGPU: .*mistaken/);
  });

  test('when it does not answer for ten seconds', async () => {
    const gpu = await openTestGpu();
    const { device } = gpu;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) =>
      Object.assign(createBuffer(descriptor), { mapAsync: () => new Promise(() => {}) });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const queue = createCommandQueue(gpu, 100);
    const read = queue.read(first);
    let isSettled = false;
    read.catch(() => {
      isSettled = true;
    });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(isSettled).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    await expect(read).rejects.toThrow('it did not answer for 10 seconds');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of a queue that was given back, and of no other', async () => {
    const gpu = await openTestGpu();
    const [released, other] = [createCommandQueue(gpu, 100), createCommandQueue(gpu, 100)];
    const read = released.read(first);
    released.release();
    await expect(read).rejects.toThrow('it was given back');
    expect(Array.from(await other.read(first))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

test('an arena that the device cannot hold is refused in a sentence', async () => {
  const gpu = await openTestGpu();
  expect(() => createCommandQueue(gpu, gpu.maxArenaLength + 1)).toThrow(
    /^The device of this run computes no further: it has no room for the \d+ MB that this takes\.$/,
  );
});

test('no timer outlives what it waits for', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const queue = createCommandQueue(await openTestGpu(), 100);
  await queue.read(first);
  expect(vi.getTimerCount()).toBe(0);
});
