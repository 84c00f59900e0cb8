/**
 * Work for a GPU in the order in which it is issued: kernels over one arena, numbers written to it, and numbers read back.
 * Whatever is issued before the program next waits for something goes to the GPU as one submission.
 */
import type { Span } from '../backend';
import { DeviceLostError } from '../deviceLost';
import type { Gpu } from './gpu';
import type { QueueMeter } from './queueMeter';

/**
 * A compute shader. Its source declares `struct Operands`, unsigned integers first and floats after them, and finds the arena as
 * `arena: array<f32>` and its operands as `operands`.
 */
export interface Kernel {
  readonly name: string;
  readonly source: string;
  /** What the source is compiled for: each becomes a `const` of type u32. A pipeline is made for each set of values. */
  readonly constants: Readonly<Record<string, number>>;
}

export interface CommandQueue {
  dispatch(
    kernel: Kernel,
    workgroups: readonly [number, number?, number?],
    integers: readonly number[],
    floats?: readonly number[],
  ): void;
  write(span: Span, values: ArrayLike<number>): void;
  /** Rejects with a `DeviceLostError` when the device is lost, or does not answer for ten seconds. */
  read(span: Span): Promise<Float32Array>;
  /** Since the queue was made. */
  readonly counts: { readonly dispatches: number; readonly submissions: number };
}

const bytesPerNumber = 4;
/** Operands of one dispatch; every adapter takes offsets that are multiples of this. */
const operandsStride = 256;
const operandsOfSubmission = 4096;
const leastChunkBytes = 2 ** 16;
const answerWithinMs = 10_000;

/** Pipelines are shared by all that compute on a device. */
const pipelinesOf = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

interface PendingRead {
  readonly chunk: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  resolve(numbers: Float32Array): void;
  reject(error: Error): void;
}

/** @param arenaLength in numbers, all of which start as zero */
export function createCommandQueue({ device, lost }: Gpu, arenaLength: number, meter?: QueueMeter): CommandQueue {
  const arena = device.createBuffer({
    label: 'arena',
    size: Math.max(1, arenaLength) * bytesPerNumber,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const operands = device.createBuffer({
    label: 'operands',
    size: operandsOfSubmission * operandsStride,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'storage' } },
      {
        binding: 1,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: operandsStride },
      },
    ],
  });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const bindings = device.createBindGroup({
    layout,
    entries: [
      { binding: 0, resource: { buffer: arena } },
      { binding: 1, resource: { buffer: operands, size: operandsStride } },
    ],
  });
  const pipelines = pipelinesOf.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelinesOf.set(device, pipelines);

  const stagedOperands = new DataView(new ArrayBuffer(operandsOfSubmission * operandsStride));
  let operandCount = 0;
  let encoder: GPUCommandEncoder | null = null;
  let pass: GPUComputePassEncoder | null = null;
  let pipelineInPass: GPUComputePipeline | null = null;
  /** Numbers that are written between dispatches, until they are copied into the arena in their turn. */
  let uploads: { readonly target: GPUBuffer; readonly values: Float32Array }[] = [];
  let reads: PendingRead[] = [];
  let chunk: { readonly buffer: GPUBuffer; used: number } | null = null;
  const freeChunks: GPUBuffer[] = [];
  let isFlushPlanned = false;
  let failure: DeviceLostError | Error | null = null;
  const counts = { dispatches: 0, submissions: 0 };

  void lost.then((because) => {
    failure ??= new DeviceLostError(because);
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??=
      typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError
        ? new DeviceLostError('its memory is used up')
        : new Error(`WebGPU: ${error.message}`);
  });

  const recording = (): GPUCommandEncoder => {
    encoder ??= device.createCommandEncoder();
    return encoder;
  };
  const passDescriptor = (): GPUComputePassDescriptor => {
    const timestampWrites = meter?.timestampWrites();
    return timestampWrites === undefined ? {} : { timestampWrites };
  };
  const endPass = (): void => {
    pass?.end();
    pass = null;
    pipelineInPass = null;
  };
  const flush = (): void => {
    isFlushPlanned = false;
    endPass();
    if (encoder === null) return;
    if (operandCount > 0)
      device.queue.writeBuffer(operands, 0, stagedOperands.buffer, 0, operandCount * operandsStride);
    for (const { target, values } of uploads) device.queue.writeBuffer(target, 0, values);
    device.queue.submit([encoder.finish()]);
    counts.submissions++;
    meter?.onSubmit();
    for (const { target } of uploads) target.destroy();
    const asked = reads;
    [encoder, operandCount, uploads, reads, chunk] = [null, 0, [], [], null];
    void answer(asked);
  };
  const answer = async (asked: readonly PendingRead[]): Promise<void> => {
    const buffers = [...new Set(asked.map(({ chunk: buffer }) => buffer))];
    try {
      await Promise.race([Promise.all(buffers.map((buffer) => buffer.mapAsync(GPUMapMode.READ))), lostOrLate()]);
      if (failure !== null) throw failure;
      for (const { chunk: buffer, offset, bytes, resolve } of asked) {
        resolve(new Float32Array(buffer.getMappedRange(offset, bytes).slice(0)));
      }
      for (const buffer of buffers) {
        buffer.unmap();
        freeChunks.push(buffer);
      }
    } catch (error) {
      const reason = failure ?? (error instanceof Error ? error : new Error(String(error)));
      for (const { reject } of asked) reject(reason);
    }
  };
  /** Rejects; never resolves. */
  const lostOrLate = (): Promise<never> =>
    new Promise((_, reject) => {
      const late = setTimeout(() => {
        failure ??= new DeviceLostError(`it did not answer for ${answerWithinMs / 1000} seconds`);
        reject(failure);
      }, answerWithinMs);
      void lost.then((because) => {
        clearTimeout(late);
        reject(new DeviceLostError(because));
      });
    });

  const pipelineOf = ({ name, source, constants }: Kernel): GPUComputePipeline => {
    const key = JSON.stringify([name, constants]);
    const known = pipelines.get(key);
    if (known !== undefined) return known;
    const prelude = [
      ...Object.entries(constants).map(([constant, value]) => `const ${constant}: u32 = ${value}u;`),
      '@group(0) @binding(0) var<storage, read_write> arena: array<f32>;',
      '@group(0) @binding(1) var<uniform> operands: Operands;',
    ].join('\n');
    const module = device.createShaderModule({ label: key, code: `${prelude}\n${source}` });
    const pipeline = device.createComputePipeline({
      label: key,
      layout: pipelineLayout,
      compute: { module, entryPoint: 'main' },
    });
    pipelines.set(key, pipeline);
    return pipeline;
  };

  return {
    counts,
    dispatch: (kernel, [x, y = 1, z = 1], integers, floats = []) => {
      if (operandCount === operandsOfSubmission) flush();
      const start = operandCount * operandsStride;
      let at = start;
      for (const value of integers) {
        stagedOperands.setUint32(at, value, true);
        at += bytesPerNumber;
      }
      for (const value of floats) {
        stagedOperands.setFloat32(at, value, true);
        at += bytesPerNumber;
      }
      operandCount++;
      pass ??= recording().beginComputePass(passDescriptor());
      const pipeline = pipelineOf(kernel);
      if (pipeline !== pipelineInPass) pass.setPipeline(pipeline);
      pipelineInPass = pipeline;
      pass.setBindGroup(0, bindings, [start]);
      pass.dispatchWorkgroups(x, y, z);
      counts.dispatches++;
      meter?.onDispatch(kernel.name);
    },
    write: (span, values) => {
      const numbers = Float32Array.from(values);
      if (numbers.length === 0) return;
      if (encoder === null) {
        device.queue.writeBuffer(arena, span.offset * bytesPerNumber, numbers);
        return;
      }
      endPass();
      const target = device.createBuffer({
        size: numbers.byteLength,
        usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      uploads.push({ target, values: numbers });
      encoder.copyBufferToBuffer(target, 0, arena, span.offset * bytesPerNumber, numbers.byteLength);
    },
    read: (span) => {
      if (failure !== null) return Promise.reject(failure);
      const bytes = span.length * bytesPerNumber;
      if (bytes === 0) return Promise.resolve(new Float32Array(0));
      endPass();
      if (chunk === null || chunk.used + bytes > chunk.buffer.size) {
        const size = Math.max(leastChunkBytes, bytes);
        const free = freeChunks.findIndex((buffer) => buffer.size >= size);
        const buffer =
          free >= 0
            ? freeChunks.splice(free, 1)[0]
            : device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
        if (buffer === undefined) throw new Error('a free chunk vanished');
        chunk = { buffer, used: 0 };
      }
      const { buffer, used: offset } = chunk;
      // Mapped ranges start at multiples of eight bytes.
      chunk.used += Math.ceil(bytes / 8) * 8;
      recording().copyBufferToBuffer(arena, span.offset * bytesPerNumber, buffer, offset, bytes);
      const result = new Promise<Float32Array>((resolve, reject) => {
        reads.push({ chunk: buffer, offset, bytes, resolve, reject });
      });
      if (!isFlushPlanned) queueMicrotask(flush);
      isFlushPlanned = true;
      return result;
    },
  };
}
