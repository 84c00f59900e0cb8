/** The functions that `engine/wasm/assembly` exports, typed, and which of its two builds this machine runs. */

/** Addresses and lengths go in, nothing comes out: results lie in memory. */
type Kernel = (...operands: number[]) => void;

const kernelNames = [
  'activate',
  'activateBackward',
  'adam',
  'add',
  'addNoise',
  'addScaledColumns',
  'broadcastRow',
  'clipByNorm',
  'clipByValue',
  'columnDots',
  'copyMatrix',
  'dropout',
  'elementwiseLoss',
  'fill',
  'gather',
  'gruBackward',
  'gruForward',
  'inverseRoot',
  'lstmBackward',
  'lstmForward',
  'markUnequal',
  'maxOverTime',
  'maxOverTimeBackward',
  'multiply',
  'multiplyElements',
  'multiplyTransposed',
  'pack',
  'rmsprop',
  'rnnBackward',
  'rnnForward',
  'rowDots',
  'scale',
  'scaleRows',
  'scatterAdd',
  'sgd',
  'softmaxCrossEntropy',
  'softmaxRows',
  'softmaxRowsBackward',
  'squaredNorm',
  'standardiseRows',
  'standardiseRowsBackward',
  'sumRows',
] as const;

export type Kernels = Readonly<Record<(typeof kernelNames)[number], Kernel>>;

/** The bytes of the two builds, read by the host from wherever it keeps them. */
export interface KernelBytes {
  readonly simd: Uint8Array;
  readonly relaxedSimd: Uint8Array;
}

export type KernelBuild = keyof KernelBytes;

/** How products are tiled; see `assembly/tile.ts`. */
export type Tiles = 'narrow' | 'wide';

/** A module whose one function adds a product: `(v128, v128, v128) → v128` by `f32x4.relaxed_madd`. */
const relaxedSimdProbe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  // Code: local.get 0, 1, 2; f32x4.relaxed_madd (0xfd, 0x105 as LEB128); end.
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
);

/** The same with `f32x4.add` of two operands, which every engine with plain SIMD accepts. */
const simdProbe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7b, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0b, 0x01, 0x09, 0x00, 0x20, 0x00, 0x20, 0x01, 0xfd, 0xe4, 0x01, 0x0b],
);

/** The fastest build that this machine runs, or null where it has no SIMD. */
export function supportedKernelBuild(): KernelBuild | null {
  if (WebAssembly.validate(relaxedSimdProbe)) return 'relaxedSimd';
  return WebAssembly.validate(simdProbe) ? 'simd' : null;
}

export interface KernelInstance {
  readonly kernels: Kernels;
  /** The first byte that the kernels leave to the arena. */
  readonly arenaStart: number;
  readonly memory: WebAssembly.Memory;
}

const pageBytes = 65536;

/** An instance with a memory of its own. Throws when the module lacks one of the functions. */
export function instantiateKernels(module: WebAssembly.Module, arenaBytes: number, tiles: Tiles): KernelInstance {
  // What the kernels keep for themselves is a constant of the module; a first small instance tells it.
  const probe = new WebAssembly.Instance(module, { env: { memory: new WebAssembly.Memory({ initial: 1 }) } });
  const arenaStart = functionOf(probe.exports, 'arenaStart')();
  if (typeof arenaStart !== 'number') throw new Error('the kernels do not say where the arena starts');
  const memory = new WebAssembly.Memory({ initial: Math.ceil((arenaStart + arenaBytes) / pageBytes) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  functionOf(exports, 'useWideTiles')(tiles === 'wide' ? 1 : 0);
  const kernels = {} as Record<(typeof kernelNames)[number], Kernel>;
  for (const name of kernelNames) kernels[name] = functionOf(exports, name);
  return { kernels, arenaStart, memory };
}

function functionOf(exports: Readonly<Record<string, unknown>>, name: string): (...operands: number[]) => unknown {
  const exported = exports[name];
  if (!isFunction(exported)) throw new Error(`the kernels lack the function ${name}`);
  return exported;
}

function isFunction(value: unknown): value is (...operands: number[]) => unknown {
  return typeof value === 'function';
}
