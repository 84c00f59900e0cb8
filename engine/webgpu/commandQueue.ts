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
  /** The values are copied at once. */
  write(span: Span, values: ArrayLike<number>): void;
  /**
   * Rejects with a `DeviceLostError` when the device is lost, does not answer for ten seconds (a minute while it compiles), has no
   * room for the arena, or refuses what it was given to do. From then on the queue takes no more, and has given back what it held
   * of the device.
   */
  read(span: Span): Promise<Float32Array>;
  /** Gives back what it holds of the device; pending reads reject. */
  release(): void;
  /** Since the queue was made. */
  readonly counts: { readonly dispatches: number; readonly submissions: number };
}

const bytesPerNumber = 4;
/** Operands of one dispatch; every adapter takes offsets that are multiples of this. */
const operandsStride = 256;
/**
 * Dispatches of one submission: systems reset a GPU that spends seconds on one (Windows after 2, some drivers of Linux after 10), and
 * it has nothing to do while its first is put together.
 */
const operandsOfSubmission = 1024;
/** Of ranges of mapped buffers, in bytes. */
const mappedAlignment = 8;
const leastChunkBytes = 2 ** 16;
/** Uploads of a submission, and idle staging buffers of either kind, take no more. */
const stagingLimitBytes = 2 ** 26;
/** Seconds are counted while this process runs, so that a machine that slept blames no device. */
const answerWithinSeconds = 10;
/** The same while kernels may still be compiled, which some drivers do when they are first used. */
const compileWithinSeconds = 60;
/** A read that fails knows less well why than what comes a moment later. */
const reasonWithinMs = 1_000;
/** A compiler may have much to say. */
const reasonLength = 300;

/** What all that compute on a device share. */
interface DeviceState {
  readonly pipelines: Map<string, GPUComputePipeline>;
  /** How often it has answered, whomever. */
  answers: number;
  /** Whether it was given kernels to compile since it last answered. */
  mayCompile: boolean;
  /** Why it is lost, once it is. */
  lostBecause: string | null;
  /** What ends each of its queues. */
  readonly fails: Set<(because: string) => void>;
}

const stateOf = new WeakMap<GPUDevice, DeviceState>();

/** Listens to a device once, however many queues come and go: what listens is kept as long as the device. */
function createDeviceState({ device, lost }: Pick<Gpu, 'device' | 'lost'>): DeviceState {
  const state: DeviceState = {
    pipelines: new Map(),
    answers: 0,
    mayCompile: false,
    lostBecause: null,
    fails: new Set(),
  };
  const failAll = (because: string): void => {
    for (const fail of [...state.fails]) fail(because);
  };
  device.addEventListener('uncapturederror', ({ error }) => {
    const isOutOfMemory = typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError;
    failAll(isOutOfMemory ? 'its memory is used up' : `WebGPU: ${error.message}`);
  });
  void lost.then((because) => {
    state.lostBecause = because;
    failAll(because);
  });
  return state;
}

interface PendingRead {
  readonly chunk: ReadBackChunk;
  readonly offset: number;
  readonly bytes: number;
  resolve(numbers: Float32Array): void;
  reject(error: Error): void;
}

interface ReadBackChunk {
  readonly buffer: GPUBuffer;
  usedBytes: number;
}

/** Numbers on their way into the arena, until they are copied there in their turn. */
interface UploadChunk {
  readonly buffer: GPUBuffer;
  readonly staged: Float32Array<ArrayBuffer>;
  used: number;
}

/**
 * Throws a `DeviceLostError` when the device can hold no such arena.
 *
 * @param arenaLength in numbers, all of which start as zero
 */
export function createCommandQueue(
  { device, lost, maxArenaLength }: Gpu,
  arenaLength: number,
  meter?: QueueMeter,
): CommandQueue {
  const noRoom = `it has no room for the ${Math.ceil((arenaLength * bytesPerNumber) / 2 ** 20)} MB that this takes`;
  if (arenaLength > maxArenaLength) throw new DeviceLostError(noRoom);
  device.pushErrorScope('out-of-memory');
  const arena = device.createBuffer({
    label: 'arena',
    size: Math.max(1, arenaLength) * bytesPerNumber,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const arenaError = device.popErrorScope();
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
  const state = stateOf.get(device) ?? createDeviceState({ device, lost });
  stateOf.set(device, state);
  /** Those of kernels that are the same object each time are found without naming them. */
  const pipelinesByKernel = new WeakMap<Kernel, GPUComputePipeline>();

  const stagedOperands = new DataView(new ArrayBuffer(operandsOfSubmission * operandsStride));
  let operandCount = 0;
  let encoder: GPUCommandEncoder | null = null;
  let pass: GPUComputePassEncoder | null = null;
  let pipelineInPass: GPUComputePipeline | null = null;
  /** Of the submission that is being recorded. */
  let uploads: UploadChunk[] = [];
  let idleUploads: UploadChunk[] = [];
  let reads: PendingRead[] = [];
  let chunk: ReadBackChunk | null = null;
  let idleChunks: ReadBackChunk[] = [];
  /** Reads of each submission that has not been answered. */
  const pending = new Set<readonly PendingRead[]>();
  let isFlushPlanned = false;
  let failure: DeviceLostError | null = null;
  let watch: ReturnType<typeof setInterval> | null = null;
  const counts = { dispatches: 0, submissions: 0 };

  const fail = (because: string): void => {
    if (failure !== null) return;
    failure = new DeviceLostError(because.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, reasonLength));
    state.fails.delete(fail);
    if (watch !== null) clearInterval(watch);
    const unanswered = [...[...pending].flat(), ...reads];
    pending.clear();
    for (const { reject } of unanswered) reject(failure);
    [encoder, pass, reads] = [null, null, []];
    arena.destroy();
    operands.destroy();
    for (const { buffer } of [...uploads, ...idleUploads, ...idleChunks]) buffer.destroy();
    for (const buffer of new Set(unanswered.map((read) => read.chunk.buffer))) buffer.destroy();
    [uploads, idleUploads, idleChunks, chunk] = [[], [], [], null];
  };
  const hasFailed = (): boolean => failure !== null;
  state.fails.add(fail);
  if (state.lostBecause !== null) fail(state.lostBecause);
  arenaError.then(
    (error) => {
      if (error !== null) fail(noRoom);
    },
    // `lost` says why.
    () => {},
  );

  /** A device that answers nobody for long is as good as lost. */
  const watchForAnswers = (): void => {
    if (watch !== null) return;
    let [seen, silentSeconds] = [state.answers, 0];
    watch = setInterval(() => {
      silentSeconds = state.answers === seen ? silentSeconds + 1 : 0;
      seen = state.answers;
      const limit = state.mayCompile ? compileWithinSeconds : answerWithinSeconds;
      if (silentSeconds >= limit) fail(`it did not answer for ${limit} seconds`);
    }, 1000);
  };
  const endWatch = (): void => {
    if (watch !== null) clearInterval(watch);
    watch = null;
  };

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
    if (encoder === null || hasFailed()) return;
    if (operandCount > 0)
      device.queue.writeBuffer(operands, 0, stagedOperands.buffer, 0, operandCount * operandsStride);
    for (const { buffer, staged, used } of uploads) device.queue.writeBuffer(buffer, 0, staged, 0, used);
    device.queue.submit([encoder.finish()]);
    counts.submissions++;
    meter?.onSubmit();
    // What is written to them next waits in the device's own queue until these have been copied.
    for (const upload of uploads) upload.used = 0;
    keepIdle(uploads, idleUploads);
    const asked = reads;
    [encoder, operandCount, uploads, reads, chunk] = [null, 0, [], [], null];
    if (asked.length > 0 && !hasFailed()) void answer(asked);
  };
  const answer = async (asked: readonly PendingRead[]): Promise<void> => {
    pending.add(asked);
    watchForAnswers();
    const chunks = [...new Set(asked.map((read) => read.chunk))];
    try {
      await Promise.all(chunks.map(({ buffer, usedBytes }) => buffer.mapAsync(GPUMapMode.READ, 0, usedBytes)));
    } catch {
      // What the browser says of its buffers tells nobody anything; why the device is lost, it says a little later.
      if (hasFailed()) return;
      await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, reasonWithinMs))]);
      return fail('it stopped answering');
    }
    // Whoever asked has been told that there is no answer.
    if (!pending.delete(asked)) return;
    state.answers++;
    state.mayCompile = false;
    if (pending.size === 0) endWatch();
    for (const { chunk: from, offset, bytes, resolve } of asked) {
      resolve(new Float32Array(from.buffer.getMappedRange(offset, bytes).slice(0)));
    }
    for (const answered of chunks) {
      answered.buffer.unmap();
      answered.usedBytes = 0;
    }
    keepIdle(chunks, idleChunks);
  };

  const pipelineOf = (kernel: Kernel): GPUComputePipeline => {
    const known = pipelinesByKernel.get(kernel);
    if (known !== undefined) return known;
    const key = JSON.stringify([kernel.name, kernel.constants]);
    const pipeline = state.pipelines.get(key) ?? compile(kernel, key);
    state.pipelines.set(key, pipeline);
    pipelinesByKernel.set(kernel, pipeline);
    return pipeline;
  };
  const compile = ({ source, constants }: Kernel, key: string): GPUComputePipeline => {
    state.mayCompile = true;
    const prelude = [
      ...Object.entries(constants).map(([constant, value]) => `const ${constant}: u32 = ${value}u;`),
      '@group(0) @binding(0) var<storage, read_write> arena: array<f32>;',
      '@group(0) @binding(1) var<uniform> operands: Operands;',
    ].join('\n');
    const module = device.createShaderModule({ label: key, code: `${prelude}\n${source}` });
    return device.createComputePipeline({
      label: key,
      layout: pipelineLayout,
      compute: { module, entryPoint: 'main' },
    });
  };

  return {
    counts,
    dispatch: (kernel, [x, y = 1, z = 1], integers, floats = []) => {
      if (hasFailed()) return;
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
      // Compiled before the pass is begun: a device may refuse a kernel at once, which ends all that is recorded.
      const pipeline = pipelineOf(kernel);
      if (hasFailed()) return;
      pass ??= recording().beginComputePass(passDescriptor());
      if (pipeline !== pipelineInPass) pass.setPipeline(pipeline);
      pipelineInPass = pipeline;
      pass.setBindGroup(0, bindings, [start]);
      pass.dispatchWorkgroups(x, y, z);
      counts.dispatches++;
      meter?.onDispatch(kernel.name);
    },
    write: (span, values) => {
      if (hasFailed() || values.length === 0) return;
      if (uploads.reduce((bytes, { buffer }) => bytes + buffer.size, 0) > stagingLimitBytes) flush();
      if (encoder === null) {
        device.queue.writeBuffer(arena, span.offset * bytesPerNumber, new Float32Array(values));
        return;
      }
      endPass();
      let upload = uploads.at(-1);
      if (upload === undefined || upload.used + values.length > upload.staged.length) {
        upload = takeIdle(idleUploads, values.length * bytesPerNumber) ?? createUpload(values.length);
        uploads.push(upload);
      }
      const { buffer, staged, used } = upload;
      staged.set(values, used);
      upload.used += values.length;
      const bytes = values.length * bytesPerNumber;
      encoder.copyBufferToBuffer(buffer, used * bytesPerNumber, arena, span.offset * bytesPerNumber, bytes);
    },
    read: (span) => {
      if (failure !== null) return Promise.reject(failure);
      const bytes = span.length * bytesPerNumber;
      if (bytes === 0) return Promise.resolve(new Float32Array(0));
      endPass();
      if (chunk === null || chunk.usedBytes + bytes > chunk.buffer.size) {
        chunk = takeIdle(idleChunks, bytes) ?? createReadBack(bytes);
      }
      const from = chunk;
      const offset = from.usedBytes;
      from.usedBytes += Math.ceil(bytes / mappedAlignment) * mappedAlignment;
      recording().copyBufferToBuffer(arena, span.offset * bytesPerNumber, from.buffer, offset, bytes);
      const result = new Promise<Float32Array>((resolve, reject) => {
        reads.push({ chunk: from, offset, bytes, resolve, reject });
      });
      if (!isFlushPlanned) queueMicrotask(flush);
      isFlushPlanned = true;
      return result;
    },
    release: () => fail('it was given back'),
  };

  function createUpload(length: number): UploadChunk {
    const staged = new Float32Array(Math.max(leastChunkBytes / bytesPerNumber, length));
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return { buffer: device.createBuffer({ size: staged.byteLength, usage }), staged, used: 0 };
  }

  function createReadBack(bytes: number): ReadBackChunk {
    const size = Math.max(leastChunkBytes, Math.ceil(bytes / mappedAlignment) * mappedAlignment);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return { buffer: device.createBuffer({ size, usage }), usedBytes: 0 };
  }
}

function takeIdle<Chunk extends { readonly buffer: GPUBuffer }>(idle: Chunk[], bytes: number): Chunk | null {
  const place = idle.findIndex(({ buffer }) => buffer.size >= bytes);
  return place < 0 ? null : (idle.splice(place, 1)[0] ?? null);
}

/** What would be too much to hold on to is given back. */
function keepIdle<Chunk extends { readonly buffer: GPUBuffer }>(chunks: readonly Chunk[], idle: Chunk[]): void {
  let held = idle.reduce((bytes, { buffer }) => bytes + buffer.size, 0);
  for (const chunk of chunks) {
    held += chunk.buffer.size;
    if (held <= stagingLimitBytes) idle.push(chunk);
    else chunk.buffer.destroy();
  }
}
