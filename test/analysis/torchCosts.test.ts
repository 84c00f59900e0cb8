/**
 * What PyTorch programs cost, against what PyTorch itself and the tools that count its models gave
 * (`bench/truth/torch_costs.py`): every parameter by its name, shape and training, the multiply-adds, the states of
 * optimisers, and what each tool says of the recurrent layers. A heading says what symbols stand for in the call that was
 * counted; `T` is 10 where it says nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelAsCountedBy } from '../../model/costs/conventions';
import { optimiserBytes, optimisers } from '../../model/costs/memory';
import { modelCosts } from '../../model/costs/model';
import { constant, type Expression, integerOf, multiply, substitute, symbol } from '../../model/expression';
import { isListed, known, type ModelGraph, unknown } from '../../model/graph';
import { formatShape } from '../../model/units';
import { analyseFile } from '../../server/src/analysis';

interface Truth {
  readonly tensors: readonly (readonly [name: string, shape: readonly number[], trained: boolean])[];
  readonly macs: number;
  readonly savedBytes: number;
  readonly optimiserBytes: Readonly<Record<string, number>>;
  readonly tools: Readonly<Record<string, number | null>>;
}

const fixtures = path.join(import.meta.dirname, '../fixtures');
const { programs } = JSON.parse(readFileSync(path.join(fixtures, 'torch_costs.json'), 'utf8')) as {
  readonly programs: Readonly<Record<string, Truth>>;
};
const cases = readFileSync(path.join(fixtures, 'torch_costs.txt'), 'utf8')
  .split(/^# /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const [title = '', given = ''] = heading.split(' | ');
    const sizes = given === '' ? [] : given.split(' ').map((each) => each.split('='));
    const values = new Map([['T', 10], ...sizes.map(([name = '', size]) => [name, Number(size)] as const)]);
    const truth = programs[title];
    if (truth === undefined) throw new Error(`${title} was not counted`);
    return { title, source: lines.join('\n'), values, truth };
  });

/** Of these the analyser says that it does not know the multiply-adds, and of no others. */
const open: ReadonlySet<string> = new Set([
  'weights tied through the functional form',
  'own LSTM by matrices',
  'einsum attention',
  'bilinear and a normed weight',
  'embedding bag beside a sequence',
  'layer never applied',
]);

/** Numbers are kept in another format than the 32-bit floats that bytes are given for. */
const otherFormats: ReadonlySet<string> = new Set(['double precision', 'half precision']);

describe.each(cases)('$title', ({ title, source, values, truth }) => {
  const graph = modelOf(source);
  const costs = modelCosts(graph);
  const valueAt = (expression: Expression | null): number | null => {
    if (expression === null) return null;
    const exact = substitute(expression, new Map([...values].map(([name, size]) => [name, constant(size)])));
    return exact === undefined ? null : (integerOf(exact) ?? null);
  };

  test('parameters, one by one', () => {
    expect(tensorsOf(graph)).toEqual(
      truth.tensors
        .map(
          ([name, shape, trained]) =>
            `${name.replace(/weight_v$/, 'weight')} ${shape.join('×')}${trained ? '' : ' frozen'}`,
        )
        .toSorted(),
    );
    const sizes = truth.tensors.map(([, shape, trained]) => ({ size: shape.reduce((a, b) => a * b, 1), trained }));
    const total = (of: typeof sizes): number => of.reduce((whole, { size }) => whole + size, 0);
    expect(costs.parameters).toMatchObject({ grade: 'exact', value: total(sizes) });
    expect(costs.trainable).toMatchObject({ grade: 'exact', value: total(sizes.filter(({ trained }) => trained)) });
  });

  test('multiply-adds', () => {
    const macs = valueAt(costs.macs.expression);
    if (open.has(title)) expect(costs.macs.grade).toBe('unknown');
    else if (costs.macs.grade === 'estimated') expect(macs).toBeGreaterThan(truth.macs);
    else expect(macs).toBe(truth.macs);
    expect(costs.macs.grade === 'estimated').toBe(source.includes('pack_padded_sequence'));
  });

  if (!otherFormats.has(title)) bytesIn32Bits();

  function bytesIn32Bits(): void {
    test('states of optimisers', () => {
      const bytes = optimisers.map((optimiser) => [optimiser, optimiserBytes(costs.trainable, optimiser).value]);
      expect(Object.fromEntries(bytes)).toEqual(truth.optimiserBytes);
    });

    test('memory to train is estimated within reason', () => {
      const bytes = valueAt(costs.trainingMemory.expression);
      if (bytes === null || truth.savedBytes === 0) return;
      // PyTorch keeps inputs of the model and copies between views beside what cannot be done without.
      expect(bytes / truth.savedBytes).toBeLessThan(1.5);
      if (bytes > 0) expect(bytes / truth.savedBytes).toBeGreaterThan(0.3);
    });
  }

  test('as counted by other tools', () => {
    const counts = modelAsCountedBy(graph).map(({ tool, count, fault }) => {
      const isFused = tool === 'ptflops' && fault?.includes('gives 0') === true;
      return [tool, isFused ? 0 : valueAt(count.expression)];
    });
    expect(Object.fromEntries(counts)).toEqual(truth.tools);
  });
});

describe('loops over time', () => {
  const modelNamed = (title: string): ModelGraph => modelOf(cases.find((each) => each.title === title)?.source ?? '');

  /** A step takes each cell once, however often the program applies it; two loops of one layer take it twice. */
  test.each([
    ['RNNCell in a loop over time', 384 + 48, 10],
    ['two stacked LSTMCells', 1_536 + 1_344 + 36, 11],
    ['cells in a module list', 1_152 + 2 * 1_536 + 48, 12],
    ['chunks of the input in a loop', 1_152 + 48, 10],
  ])('%s', (title, perStep, depth) => {
    const { macsPerStep, sequentialDepth } = modelCosts(modelNamed(title));
    expect(macsPerStep).toMatchObject({ grade: 'exact', value: perStep });
    expect(sequentialDepth).toMatchObject({ grade: 'exact', value: depth });
  });

  test('one layer on two inputs makes a step of each', () => {
    expect(modelCosts(modelNamed('one layer shared by two inputs')).macsPerStep.value).toBe(2 * 1_536 + 32);
  });

  test('loops that a program writes with its own products are not taken for none', () => {
    expect(modelCosts(modelNamed('own LSTM by matrices')).sequentialDepth.grade).toBe('unknown');
    expect(modelCosts(modelNamed('dilated convolutions without a recurrent layer')).sequentialDepth).toMatchObject({
      grade: 'exact',
      value: 0,
    });
  });
});

test('two axes of one input are never given the same letter', () => {
  const { layers } = modelOf(cases.find(({ title }) => title === 'characters inside words')?.source ?? '');
  const inner = layers.find((layer) => layer.path === 'inner');
  expect(formatShape(inner?.outputs[0]?.[0] ?? { shape: unknown(''), element: 'float' })).toBe('(B·x.shape[1], T, 6)');
});

test('a frozen layer keeps its output for what is trained behind it, and nothing else', () => {
  const { layers } = modelCosts(modelOf(cases.find(({ title }) => title === 'frozen recurrent layer')?.source ?? ''));
  const [rnn] = layers;
  expect(rnn?.trainingMemory.expression).toEqual(multiply(constant(4 * 16), symbol('T')));
  expect(rnn?.truncatedTrainingMemory(known(constant(3))).because).toContain('nothing is trained');
});

function modelOf(source: string): ModelGraph {
  const graph = analyseFile('program.py', source).models.at(-1);
  if (graph === undefined) throw new Error('the program has a model');
  return graph;
}

/**
 * `rnn.weight_ih_l0 64×8`; an array that a module holds by itself has no name beside its path, and the direction of a weight
 * whose magnitude is split off keeps the name of the weight.
 */
function tensorsOf({ layers }: ModelGraph): readonly string[] {
  return layers
    .flatMap(({ path: of, weights }) =>
      (isListed(weights) ? weights : []).map(({ name, shape, trainable }) => {
        const sizes = shape.map((size) => (size.kind === 'known' ? integerOf(size.value) : '?')).join('×');
        return `${`${of}.${name}`.replace(/\.data$/, '')} ${sizes}${trainable ? '' : ' frozen'}`;
      }),
    )
    .toSorted();
}
