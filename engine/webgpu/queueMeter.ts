/** What work on a GPU takes: dispatches of each kernel, submissions, and how long the GPU itself computes. For benchmarks. */

/** What a queue tells of its work. Off unless given, because timestamps and counting take time themselves. */
export interface QueueMeter {
  onDispatch(kernel: string): void;
  onSubmit(): void;
  /** Where a compute pass that begins writes when it begins and ends; undefined when it is not timed. */
  timestampWrites(): GPUComputePassTimestampWrites | undefined;
}

export interface MeteredWork {
  readonly dispatches: ReadonlyMap<string, number>;
  readonly submissions: number;
  /** Within compute passes, without what is copied between them; null where not every pass could be timed. */
  readonly gpuSeconds: number | null;
}

/** Of a query set, by WebGPU. */
const maxQueries = 4096;
const bytesPerTimestamp = 8;

export interface ReadableMeter extends QueueMeter {
  /** What was done since it was last asked, once the GPU has done it. */
  take(): Promise<MeteredWork>;
}

/** @param device has the feature `timestamp-query`, or its passes are not timed */
export function createQueueMeter(device: GPUDevice): ReadableMeter {
  const timestamps = device.features.has('timestamp-query') ? timestampsOf(device) : null;
  let dispatches = new Map<string, number>();
  let submissions = 0;
  return {
    onDispatch: (kernel) => {
      dispatches.set(kernel, (dispatches.get(kernel) ?? 0) + 1);
    },
    onSubmit: () => {
      submissions++;
    },
    timestampWrites: () => timestamps?.next(),
    take: async () => {
      const work = { dispatches, submissions };
      [dispatches, submissions] = [new Map(), 0];
      return { ...work, gpuSeconds: timestamps && (await timestamps.takeSeconds()) };
    },
  };
}

function timestampsOf(device: GPUDevice): {
  next(): GPUComputePassTimestampWrites | undefined;
  takeSeconds(): Promise<number | null>;
} {
  const querySet = device.createQuerySet({ type: 'timestamp', count: maxQueries });
  const size = maxQueries * bytesPerTimestamp;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  let asked = 0;
  return {
    next: () => {
      const index = asked;
      asked += 2;
      if (asked > maxQueries) return undefined;
      return { querySet, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
    },
    takeSeconds: async () => {
      const count = asked;
      asked = 0;
      if (count === 0) return 0;
      if (count > maxQueries) return null;
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, count * bytesPerTimestamp);
      device.queue.submit([encoder.finish()]);
      await readable.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(readable.getMappedRange(0, count * bytesPerTimestamp));
      let nanoseconds = 0;
      for (let pass = 0; pass < count; pass += 2) nanoseconds += Number((times[pass + 1] ?? 0n) - (times[pass] ?? 0n));
      readable.unmap();
      return nanoseconds / 1e9;
    },
  };
}
