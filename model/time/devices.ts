/**
 * Devices by name, with figures from data sheets and documentation. Nobody measured these here: peaks are what the hardware
 * can do at best, so the intervals are wide. "This machine" is not among them: it is measured (`calibrate.ts`).
 */
import type { DeviceProfile, Figure, ProductFigures } from './profile';

const inPlace = 'read in place';

/** Recurrent layers rarely come near the peaks; a published profile may be off by this much either way. */
const wideInterval = {
  low: { value: 0.35, source: 'assumed: caches and fused kernels can be that much better than supposed' },
  high: { value: 3, source: 'assumed: libraries, clocks and other programs can be that much worse' },
} as const;

const cpuLaunch = 'half a step of nn.RNN(8, 8) in PyTorch 2.15 on one core of an x86 server, timed in November 2026';
const cpuRun =
  'a training step of nn.Linear(4, 4) in PyTorch 2.15 on one core of an x86 server, timed in November 2026';

/**
 * PyTorch makes separate operations of each step of an RNN and a GRU on a CPU, and remembers each for the way back; an LSTM has
 * run on oneDNN as one operation since PyTorch 2.0 (pytorch/pytorch#91158), on Arm as on x86. So a GRU takes longer than an LSTM
 * until it is wide, in spite of fewer multiply-adds: docs/decisions/predicted-times.md has what was timed at each width.
 * `slower` is how much slower a core is than the one that was timed.
 */
function torchSteps(slower: number): NonNullable<DeviceProfile['secondsPerStep']> {
  const timed =
    'nn.RNN, nn.GRU and nn.LSTM(8, 8) over 400 steps in PyTorch 2.15 on one core of an x86 server, timed in November 2026';
  const source = slower === 1 ? timed : `${timed}; taken ${slower} times for the slower core`;
  const step = (forward: number, backward: number) => ({
    forward: { value: slower * forward, source },
    backward: { value: slower * backward, source },
  });
  return { rnn: step(3.6e-6, 24e-6), gru: step(9.7e-6, 75e-6), lstm: step(0.6e-6, 1.6e-6) };
}

interface ProcessorFigures {
  readonly cores: Figure;
  /** Multiply-adds of 32-bit floats a cycle and core. */
  readonly macsPerCycle: Figure;
  readonly clockHz: Figure;
}

/**
 * Rows of registers as OpenBLAS and oneDNN use them, each core at its own; half the peak is what such products reach. A vector
 * is multiplied as one row, without the padding of a tile: what it takes then is its traffic.
 */
function processorProducts({ cores, macsPerCycle, clockHz }: ProcessorFigures): ProductFigures {
  return {
    tileRows: 1,
    tileColumns: 16,
    parallelTiles: cores,
    macsPerSecondOfTile: {
      value: 0.5 * macsPerCycle.value * clockHz.value,
      source: `half of ${macsPerCycle.value} multiply-adds a cycle (${macsPerCycle.source}) at ${clockHz.value / 1e9} GHz (${clockHz.source})`,
    },
    secondsPerTile: { value: 20 / 6 / clockHz.value, source: 'assumed: 20 cycles to load and store six rows' },
    secondsPerPartialTile: { value: 0, source: 'the same as a whole one' },
    secondsPerLeftElement: { value: 1 / clockHz.value / cores.value, source: 'assumed: one cycle to pack an element' },
    secondsPerRightElement: { value: 0, source: 'assumed: packed once' },
  };
}

interface GraphicsFigures {
  readonly multiprocessors: Figure;
  /** 32-bit multiply-adds a second of the whole device, without tensor cores. */
  readonly macsPerSecond: Figure;
}

/** Each multiprocessor works on a tile of 64 × 64 results, as cuBLAS does for small products; 70% of the peak is reached. */
function graphicsProducts({ multiprocessors, macsPerSecond }: GraphicsFigures): ProductFigures {
  return {
    tileRows: 64,
    tileColumns: 64,
    parallelTiles: multiprocessors,
    macsPerSecondOfTile: {
      value: (0.7 * macsPerSecond.value) / multiprocessors.value,
      source: `70% of ${macsPerSecond.source}, shared by its multiprocessors`,
    },
    secondsPerTile: { value: 1e-6, source: 'assumed: a microsecond to fill and empty the pipeline of a tile' },
    secondsPerPartialTile: { value: 0, source: 'the same as a whole one' },
    secondsPerLeftElement: { value: 0, source: inPlace },
    secondsPerRightElement: { value: 0, source: inPlace },
  };
}

const gpuLaunch: Figure = {
  value: 4e-6,
  source: 'assumed: 2 to 5 µs between dependent kernels of one CUDA stream, as commonly reported',
};
const gpuRun: Figure = {
  value: 300e-6,
  source: 'assumed: dispatch of a small model by PyTorch from Python',
};

function bothForms(figures: ProductFigures): DeviceProfile['products'] {
  return { plain: figures, transposed: figures };
}

const intelTigerLake = 'Intel Core i5-1135G7, Intel product specifications';
const cortexA76 = 'Arm Cortex-A76 Software Optimization Guide: two 128-bit multiply-add pipes';
const bcm2712 = 'Raspberry Pi documentation, BCM2712';
const orinNano = 'NVIDIA Jetson Orin Nano Series data sheet, 8 GB module';
const t4 = 'NVIDIA T4 data sheet';
const turing = 'NVIDIA Turing architecture whitepaper, TU104';
const h100 = 'NVIDIA H100 data sheet, SXM5';
const hopper = 'NVIDIA H100 architecture whitepaper';

export const publishedDevices: readonly DeviceProfile[] = [
  {
    id: 'laptop-cpu',
    label: 'a laptop CPU (4 cores, AVX2)',
    software: 'PyTorch on 4 cores, 32-bit floats',
    origin: 'published',
    products: bothForms(
      processorProducts({
        cores: { value: 4, source: intelTigerLake },
        macsPerCycle: { value: 16, source: 'two 256-bit multiply-add units, Intel optimization manual' },
        clockHz: { value: 3.8e9, source: `all-core turbo of the ${intelTigerLake}` },
      }),
    ),
    secondsPerLaunch: { value: 2e-6, source: cpuLaunch },
    secondsPerStep: torchSteps(1),
    gruProducts: 1,
    secondsPerRun: { value: 200e-6, source: cpuRun },
    bytesPerSecond: { value: 51.2e9, source: `two channels of DDR4-3200, ${intelTigerLake}` },
    cacheBytes: { value: 8 * 2 ** 20, source: intelTigerLake },
    cacheBytesPerSecond: { value: 200e9, source: 'assumed: four times the main memory' },
    secondsPerElement: null,
    interval: wideInterval,
  },
  {
    id: 'raspberry-pi-5',
    label: 'a Raspberry Pi 5',
    software: 'PyTorch on 4 cores, 32-bit floats',
    origin: 'published',
    products: bothForms(
      processorProducts({
        cores: { value: 4, source: bcm2712 },
        macsPerCycle: { value: 8, source: cortexA76 },
        clockHz: { value: 2.4e9, source: bcm2712 },
      }),
    ),
    secondsPerLaunch: { value: 5e-6, source: `${cpuLaunch}; taken 2.5 times for the slower core` },
    secondsPerStep: torchSteps(2.5),
    gruProducts: 1,
    secondsPerRun: { value: 500e-6, source: `${cpuRun}; taken 2.5 times for the slower core` },
    bytesPerSecond: { value: 17.1e9, source: `32 bits of LPDDR4X at 4,267 million transfers a second, ${bcm2712}` },
    cacheBytes: { value: 2 * 2 ** 20, source: `shared cache, ${bcm2712}` },
    cacheBytesPerSecond: { value: 60e9, source: 'assumed: 3.5 times the main memory' },
    secondsPerElement: null,
    interval: wideInterval,
  },
  {
    id: 'jetson-orin-nano',
    label: 'a Jetson Orin Nano (8 GB)',
    software: 'PyTorch with cuDNN, 32-bit floats',
    origin: 'published',
    products: bothForms(
      graphicsProducts({
        multiprocessors: { value: 8, source: orinNano },
        macsPerSecond: { value: 0.64e12, source: `1,024 cores at 625 MHz (${orinNano})` },
      }),
    ),
    secondsPerLaunch: { value: 10e-6, source: 'assumed: 2.5 times that of a desktop, for the slower host and clock' },
    // cuDNN applies the reset gate behind the product, as PyTorch defines it.
    secondsPerStep: null,
    gruProducts: 1,
    secondsPerRun: { value: 1e-3, source: 'assumed: dispatch by PyTorch from Python on its Arm cores' },
    bytesPerSecond: { value: 68e9, source: orinNano },
    cacheBytes: { value: 2 * 2 ** 20, source: 'L2 cache of the GPU, NVIDIA Jetson Orin technical brief' },
    cacheBytesPerSecond: { value: 250e9, source: 'assumed: 3.7 times the main memory' },
    secondsPerElement: null,
    interval: wideInterval,
  },
  {
    id: 't4',
    label: 'an NVIDIA T4',
    software: 'PyTorch with cuDNN, 32-bit floats',
    origin: 'published',
    products: bothForms(
      graphicsProducts({
        multiprocessors: { value: 40, source: turing },
        macsPerSecond: { value: 4.05e12, source: `8.1 TFLOPS in single precision (${t4})` },
      }),
    ),
    secondsPerLaunch: gpuLaunch,
    // cuDNN applies the reset gate behind the product, as PyTorch defines it.
    secondsPerStep: null,
    gruProducts: 1,
    secondsPerRun: gpuRun,
    bytesPerSecond: { value: 300e9, source: t4 },
    cacheBytes: { value: 4 * 2 ** 20, source: `L2 cache, ${turing}` },
    cacheBytesPerSecond: { value: 1.2e12, source: 'assumed: four times the main memory' },
    secondsPerElement: null,
    interval: wideInterval,
  },
  {
    id: 'h100',
    label: 'an NVIDIA H100',
    software: 'PyTorch with cuDNN, 32-bit floats',
    origin: 'published',
    products: bothForms(
      graphicsProducts({
        multiprocessors: { value: 132, source: hopper },
        macsPerSecond: { value: 33.5e12, source: `67 TFLOPS in single precision without tensor cores (${h100})` },
      }),
    ),
    secondsPerLaunch: gpuLaunch,
    // cuDNN applies the reset gate behind the product, as PyTorch defines it.
    secondsPerStep: null,
    gruProducts: 1,
    secondsPerRun: gpuRun,
    bytesPerSecond: { value: 3.35e12, source: h100 },
    cacheBytes: { value: 50 * 2 ** 20, source: `L2 cache, ${hopper}` },
    cacheBytesPerSecond: { value: 7e12, source: 'assumed: twice the main memory' },
    secondsPerElement: null,
    interval: wideInterval,
  },
];

/** What `--device` takes for the machine that Unroll runs on. */
export const thisMachineId = 'this-machine';

export type DeviceChoice =
  | { readonly kind: 'device'; readonly profile: DeviceProfile }
  | { readonly kind: 'refused'; readonly message: string };

/** The device that a name means, however it is written: "Raspberry Pi 5" is `raspberry-pi-5`. */
export function findDevice(name: string, thisMachine: DeviceProfile | null): DeviceChoice {
  const asked = normalised(name);
  const known = thisMachine === null ? publishedDevices : [thisMachine, ...publishedDevices];
  const profile = known.find(({ id }) => normalised(id) === asked);
  if (profile !== undefined) return { kind: 'device', profile };
  if (isThisMachine(name)) {
    return { kind: 'refused', message: `This machine has not been measured yet: run "unroll devices --calibrate".` };
  }
  const names = [thisMachineId, ...publishedDevices.map(({ id }) => id)];
  return { kind: 'refused', message: `There is no device "${name}". Known are ${names.join(', ')}.` };
}

/** Whether a name, however it is spelled, is that of the machine that this runs on. */
export function isThisMachine(name: string): boolean {
  return normalised(name) === normalised(thisMachineId);
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}
