/** What `bench:gpu` makes of its measurements, and the models that it takes them of. */
import { describe, expect, test } from 'vitest';
import { engineGrid } from '../../bench/engineGrid';
import { gpuGrid, isLaunchBound, smallVersion, smokeGrid } from '../../bench/gpuGrid';
import { aims, type GpuRow, gpuReport, meanRatio, speedRatio } from '../../bench/gpuReport';
import { arenaLengthOf } from '../../engine/network';

describe('grid', () => {
  test('has every model of bench:engine, and three cells of each larger size, each once', () => {
    const names = gpuGrid.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(engineGrid.map(({ name }) => name)));
    expect(names.filter((name) => /B=256 T=200 I=128 H=512|B=1024 T=100 I=64 H=256/.test(name))).toHaveLength(6);
  });

  test('calls launch-bound what has little to do in each of many steps', () => {
    const names = gpuGrid.filter(isLaunchBound).map(({ name }) => name);
    expect(names).toHaveLength(6);
    expect(names.every((name) => /B=8 T=500|B=32 T=1000/.test(name))).toBe(true);
  });

  test('is checked in small versions that keep widths, and so the kernels', () => {
    for (const item of gpuGrid) {
      const { plan, model } = smallVersion(item);
      expect([model.inputs, model.hidden]).toEqual([item.model.inputs, item.model.hidden]);
      expect(model.batch * model.steps).toBeLessThanOrEqual(60);
      expect(arenaLengthOf(plan, model.batch)).toBeLessThanOrEqual(arenaLengthOf(item.plan, item.model.batch));
    }
  });

  test('has a smoke version of each kind of model that is small throughout', () => {
    const kinds = (grid: typeof gpuGrid): Set<string> => new Set(grid.map(({ model }) => model.kind));
    expect(kinds(smokeGrid)).toEqual(kinds(gpuGrid));
    for (const { plan, model } of smokeGrid) expect(arenaLengthOf(plan, model.batch)).toBeLessThan(20_000);
  });
});

const contestants = [
  { role: 'webgpu', name: 'ours', device: 'a GPU' },
  { role: 'torch', name: 'PyTorch', device: 'the same GPU' },
  { role: 'tfjs', name: 'TensorFlow.js', device: null },
] as const;

function row(seconds: GpuRow['seconds'], isBound = false): GpuRow {
  return {
    model: `model ${JSON.stringify(seconds)}`,
    sequences: 32,
    isLaunchBound: isBound,
    seconds,
    work: null,
    accuracy: {},
  };
}

const rows: readonly GpuRow[] = [
  row({ webgpu: 0.002, torch: 0.001, tfjs: 0.2 }),
  row({ webgpu: 0.001, torch: 0.008, tfjs: 'it has no such layer' }, true),
];

describe('ratios', () => {
  test('are how many times as fast the engine is', () => {
    expect(rows.map((each) => speedRatio(each, 'torch'))).toEqual([0.5, 8]);
    expect(meanRatio(rows, 'torch')).toBeCloseTo(2, 12);
  });

  test('leave out what was not measured', () => {
    expect(rows.map((each) => speedRatio(each, 'tfjs'))).toEqual([100, null]);
    expect(meanRatio(rows, 'tfjs')).toBeCloseTo(100, 12);
    expect(meanRatio(rows, 'wasm')).toBeNull();
  });
});

describe('report', () => {
  const missing = ['Keras stayed at home.'];
  const report = gpuReport(['# Title'], { contestants, missing, rows }, true);

  test('sets every aim beside what was seen', () => {
    const lines = aims.map(({ what }) => report.split('\n').find((line) => line.startsWith(`| ${what} |`)));
    expect(lines).toEqual([
      expect.stringContaining('| 0.5× | 2.00× | reached |'),
      expect.stringContaining('| 1× | 8.00× | reached |'),
      expect.stringContaining('| 20× | 100× | reached |'),
    ]);
    const without = gpuReport([], { contestants, missing, rows: rows.slice(0, 1) }, true);
    expect(without).toContain('| 0.5× | 0.50× | reached |');
    expect(without).toContain('| 1× | – | not measured |');
    expect(gpuReport([], { contestants, missing, rows: [row({ webgpu: 3, torch: 1 })] }, true)).toContain('| missed |');
  });

  test('says in sentences who is missing, and what one could not train', () => {
    expect(report).toContain('- Keras stayed at home.');
    expect(report).toContain('TensorFlow.js: it has no such layer.');
  });

  test('gives throughput in sequences, and a dash for what was not measured', () => {
    expect(report).toContain('| 16,000 | 32,000 | 160 |');
    expect(report).toContain('| 32,000 | 4,000 | – |');
  });

  test('has no aims where nothing was measured', () => {
    expect(gpuReport(['# Smoke'], { contestants, missing, rows }, false)).not.toContain('## Aims');
  });
});
