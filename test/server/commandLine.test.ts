/** The command line as a terminal or another program meets it: output, exit codes, and sentences for what is wrong. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelFiles } from '../../engine/wasm/build.mjs';
import type { RunEvent } from '../../protocol/trainer';
import type { AnalysisDocument } from '../../server/src/cli/analysisDocument';
import { type BuiltProgram, buildProgram, projectFolder } from './bundles';
import { startClient } from './client';

let program: BuiltProgram;
let workFolder: string;

beforeAll(async () => {
  program = await buildProgram('server/src/cli/main.ts', 'cli');
  await addProgram('engine/trainer/main.ts', 'trainer');
  for (const kernels of Object.values(kernelFiles)) {
    await copyFile(path.join(projectFolder, 'dist', kernels), path.join(program.folder, kernels));
  }
  workFolder = path.join(program.folder, 'work');
  await mkdir(workFolder);
});
afterAll(() => program.remove());

/** Builds another program beside the command line. */
async function addProgram(entry: string, name: string): Promise<void> {
  const other = await buildProgram(entry, name);
  await writeFile(path.join(program.folder, `${name}.js`), await readFile(other.script));
  await other.remove();
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function unroll(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // What is remembered of this machine lies in the user's cache.
    const env = { ...process.env, XDG_CACHE_HOME: path.join(program.folder, 'cache') };
    const child = spawn(process.execPath, [program.script, ...args], { cwd: workFolder, env });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
}

async function file(name: string, text: string): Promise<string> {
  const target = path.join(workFolder, name);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
  return name;
}

const good = `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.lstm = nn.LSTM(8, width, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * width, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out)
`;

const broken = `import keras
from keras import layers
model = keras.Sequential([keras.Input((30, 4)), layers.LSTM(64), layers.LSTM(32), layers.Dense(1)])
`;

describe('usage', () => {
  it.each<[readonly string[], number, RegExp]>([
    [['--help'], 0, /unroll <command>[\s\S]*analyze[\s\S]*language-server/],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['analyze', '--help'], 0, /--sarif/],
  ])('%o', async (args, code, output) => {
    expect(await unroll(...args)).toMatchObject({ code, stdout: expect.stringMatching(output), stderr: '' });
  });

  it.each<[readonly string[], RegExp]>([
    [['analyse'], /There is no command analyse\. Did you mean analyze\?/],
    [['--jsno'], /There is no option --jsno/],
    [['analyze', '--jsno', 'x.py'], /analyze has no option --jsno\. Did you mean --json\?\nSee unroll analyze --help/],
    [['analyze'], /analyze needs a file or a folder/],
    [['analyze', '--json', '--sarif', '.'], /exclude each other/],
    [['analyze', 'gone.py'], /There is no file or folder gone\.py/],
    [['analyze', path.join(projectFolder, 'README.md')], /README\.md is not read: models are read in Python \(\.py\)/],
    [['analyze', '.', '--rule', 'dropout-single-layer'], /--rule takes CODE=LEVEL/],
    [['analyze', '.', '--rule', 'dropout-single-layer=none'], /takes off, error, .*, not "none"/],
    [['analyze', '.', '--rule', 'dropout-singel-layer=off'], /there is no rule .* Did you mean dropout-single-layer\?/],
    [['recommend', projectFolder], /is a folder, not a file/],
    [['train', path.join(projectFolder, 'LICENSE.txt')], /There is no file or folder/],
    [['recommend', 'a.py', 'b.py'], /exactly one file/],
    [['recommend', 'a.py', '--max-params', 'many'], /--max-params takes a whole number from 1 on, not "many"/],
    [['recommend', 'a.py', '--max-params', '-5'], /--max-params takes a whole number from 1 on, not "-5"/],
    [['recommend', 'a.py', '--max-memory', '-.5'], /--max-memory takes a number above zero, not "-\.5"/],
    [['train', 'a.py', '--steps', '-5'], /--steps takes a whole number from 1 on, not "-5"/],
    [['train', 'a.py', '--steps=-5'], /--steps takes a whole number from 1 on, not "-5"/],
    [['train', 'a.py', '--seed', '-1'], /--seed takes a whole number from 0 on, not "-1"/],
    [['train', 'a.py', '--cells', 'rnn,gru,rnn'], /--cells names rnn twice/],
    [['train', projectFolder], /is a folder, not a file/],
    [['recommend', 'a.py', '--max-memory', '0'], /--max-memory takes a number above zero/],
    [['train', 'a.py', '--cells', 'rnn,tree'], /--cells takes rnn, gru, .*, not "tree"/],
    [['train', 'a.py', '--backend', 'cuda'], /--backend takes auto/],
    [['train', 'a.py', '--optimizer', 'lion'], /--optimizer takes sgd, rmsprop, adam or adamw, .*, not "lion"/],
    [['train', 'a.py', '--optimizer', 'sgd,speed=2'], /sgd takes momentum=N, nesterov, weight-decay=N, not speed=/],
    [['train', 'a.py', '--optimizer', 'adam,momentum=1'], /adam takes weight-decay=N, not momentum=/],
    [['train', 'a.py', '--optimizer', 'sgd,momentum=fast'], /momentum takes a number/],
    [['train', 'a.py', '--optimizer', 'sgd,momentum=1'], /momentum must be a number from 0 up to but not including 1/],
    [['train', 'a.py', '--optimizer', 'sgd,nesterov'], /Nesterov's form of momentum needs a momentum/],
    [['train', 'a.py', '--optimizer', 'adamw,weight-decay=-1'], /The weight decay must be a number from 0 on, not -1/],
    [['train', 'a.py', '--learning-rate', '0'], /--learning-rate takes a number above zero, not "0"/],
    [['train', 'a.py', '--schedule', 'linear'], /--schedule takes constant, step,every=N,.*, not "linear"/],
    [['train', 'a.py', '--schedule', 'step'], /--schedule step needs every=N/],
    [['train', 'a.py', '--schedule', 'constant,factor=2'], /constant takes no settings, not factor=/],
    [['train', 'a.py', '--schedule', 'step,every=1.5'], /must be a whole number from 1 on, not 1\.5/],
    [['train', 'a.py', '--schedule', 'exponential,factor=-1'], /factor of the schedule must be a positive number/],
    [['train', 'a.py', '--steps', '5', '--schedule', 'cosine,warm-up=5'], /leaves none of the 5 steps to train on/],
    [['train', 'a.py', '--clip', 'hard'], /--clip takes none, norm=N or value=N, not "hard"/],
    [['train', 'a.py', '--clip', 'norm=0'], /limit of gradients must be a positive number, not 0/],
    [['language-server'], /needs --stdio/],
    [['devices', 'x'], /devices takes no file/],
    [['analyze', 'a.py', '--device', 'abacus'], /There is no device "abacus". Known are this-machine, laptop-cpu/],
  ])('%o is refused with a sentence and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await unroll(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('analyze', () => {
  it('prints the document of the contract', async () => {
    const { code, stdout } = await unroll('analyze', await file('good.py', good), '--json');
    expect(code).toBe(0);
    const parameters = {
      value: 137_216 + 387,
      grade: 'exact',
      formula: '137,216 + 387 = 137,603',
      because: expect.stringContaining('b_ih and b_hh'),
    };
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      files: [
        {
          path: 'good.py',
          framework: 'torch',
          models: [
            {
              name: 'Net',
              form: 'module',
              line: 4,
              parameters,
              trainable: parameters,
              macs: expect.objectContaining({ value: null, grade: 'symbolic' }),
              costs: expect.objectContaining({
                macsPerStep: expect.objectContaining({ value: 135_168 + 384, grade: 'exact' }),
                weightBytes: {
                  fp32: expect.objectContaining({ value: 4 * 137_603, grade: 'exact' }),
                  fp16: expect.objectContaining({ value: 2 * 137_603, grade: 'exact' }),
                  int8: expect.objectContaining({ value: null, estimate: 137_603, grade: 'estimated' }),
                },
              }),
              layers: [
                {
                  path: 'lstm',
                  op: 'lstm',
                  line: 7,
                  parameters: expect.objectContaining({ value: 137_216, grade: 'exact' }),
                  macs: expect.objectContaining({ value: null, grade: 'symbolic' }),
                  trainable: expect.objectContaining({ value: 137_216, grade: 'exact' }),
                  costs: expect.objectContaining({
                    sequentialDepth: expect.objectContaining({ value: null, grade: 'symbolic' }),
                    truncatedTrainingBytes: expect.objectContaining({
                      formula: expect.stringContaining('min(T, truncate)'),
                    }),
                  }),
                  order: 'O(T·L·H·(I+H)), factor 4 × 2 directions',
                  tensors: expect.arrayContaining([
                    {
                      name: 'weight_ih_l0',
                      shape: [256, 8],
                      parameters: expect.objectContaining({ value: 2_048, grade: 'exact' }),
                      trainable: true,
                    },
                  ]),
                  outputs: [
                    ['B', 'T', 128],
                    [4, 'B', 64],
                    [4, 'B', 64],
                  ],
                  recurrent: { cell: 'lstm', input: 8, hidden: 64, layers: 2, directions: 2, projection: null },
                },
                {
                  path: 'fc',
                  op: 'dense',
                  line: 8,
                  parameters: expect.objectContaining({ value: 387, formula: 'I·U + U = 128·3 + 3 = 387' }),
                  macs: expect.objectContaining({ grade: 'symbolic', formula: expect.stringContaining('384·T') }),
                  trainable: expect.objectContaining({ value: 387 }),
                  costs: expect.objectContaining({ macsPerStep: expect.objectContaining({ value: 384 }) }),
                  order: 'O(N·I·U)',
                  tensors: [expect.objectContaining({ name: 'weight' }), expect.objectContaining({ name: 'bias' })],
                  outputs: [['B', 'T', 3]],
                },
              ],
            },
          ],
          findings: [],
        },
      ],
    });
  });

  it('gives the counts of other tools, and other architectures side by side', async () => {
    const name = await file('good.py', good);
    const { stdout } = await unroll('analyze', name, '--json', '--size', 'seq_len=10');
    const [model] = JSON.parse(stdout).files[0].models;
    expect(model.costs.countedBy.map(({ tool }: { tool: string }) => tool)).toEqual([
      'torchinfo',
      'thop',
      'ptflops',
      'flopCounterMode',
      'fvcore',
      'deepSpeed',
    ]);
    const bilstm = model.costs.sideBySide.find((row: { architecture: string }) => row.architecture === 'bilstm');
    expect(bilstm).toMatchObject({ isCurrent: true, atWidth: { width: 64, parameters: 137_603 } });
    const text = (await unroll('analyze', name)).stdout;
    expect(text).toMatch(/per step: 135,552 MACs/);
    expect(text).toMatch(/width at equal parameters: RNN in one direction \d+/);
  });

  it('takes sizes that the source leaves open', async () => {
    const open = await file(
      'open.py',
      'from torch import nn\ndef make(width):\n    return nn.Sequential(nn.GRU(2, width))\n',
    );
    const { stdout } = await unroll('analyze', open, '--json', '--size', 'width=3', '--size', 'seq_len=5');
    const document: AnalysisDocument = JSON.parse(stdout);
    expect(document.files[0]?.models[0]?.parameters).toMatchObject({ value: 63, grade: 'exact' });
    const plain = await unroll('analyze', open, '--size', 'width=3');
    expect(plain.stdout).toContain('Supplied: width = 3 from the command line\n');
    for (const wrong of ['width', 'width=', 'width=0', 'width=1.5', '=3']) {
      const { code, stderr } = await unroll('analyze', open, '--size', wrong);
      expect(code).toBe(2);
      expect(stderr).toContain(`--size takes NAME=N with a whole number from 1 on, not "${wrong}".`);
    }
  });

  it('ends with 1 when an error stands, and tells where', async () => {
    const { code, stdout } = await unroll('analyze', await file('broken.py', broken), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).files[0].findings).toContainEqual({
      code: 'stacked-without-sequences',
      severity: 'error',
      line: 3,
      column: 49,
      message: expect.stringContaining('return_sequences=True'),
      fixable: true,
    });
  });

  it('takes rules as severe as it is told to', async () => {
    const name = await file('broken.py', broken);
    const milder = await unroll('analyze', name, '--json', '--rule', 'stacked-without-sequences=hint');
    expect(milder.code).toBe(0);
    expect(JSON.parse(milder.stdout).files[0].findings).toContainEqual(
      expect.objectContaining({ code: 'stacked-without-sequences', severity: 'hint' }),
    );
    const { stdout } = await unroll('analyze', name, '--json', '--rule', 'stacked-without-sequences=off');
    expect(stdout).not.toContain('stacked-without-sequences');
  });

  it('writes SARIF whose rules and results belong together', async () => {
    const { stdout } = await unroll('analyze', await file('broken.py', broken), '--sarif');
    const sarif = JSON.parse(stdout);
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'unroll' } } }] });
    const [result] = sarif.runs[0].results;
    expect(result).toMatchObject({
      ruleId: 'stacked-without-sequences',
      level: 'error',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'broken.py' }, region: { startLine: 3, startColumn: 49 } } },
      ],
    });
    expect(sarif.runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toContain(result.ruleId);
  });

  it('looks through folders, past other people’s code and files of no interest', async () => {
    await file('project/model.py', good);
    await file('project/notes.py', 'print("no model here")\n');
    await file('project/node_modules/x/model.py', good);
    await file('project/own-env/pyvenv.cfg', '');
    await file('project/own-env/lib/model.py', good);
    await file('project/huge.py', `${good}# ${'x'.repeat(2_200_000)}\n`);
    const { stdout } = await unroll('analyze', 'project', '--json');
    expect(JSON.parse(stdout).files.map((found: { path: string }) => found.path)).toEqual([
      path.join('project', 'model.py'),
    ]);
  });

  it('reports a named file that cannot be read, and goes on with the others', async () => {
    await file('huge.py', `${good}# ${'x'.repeat(2_200_000)}\n`);
    const outcome = await unroll('analyze', 'huge.py', await file('good.py', good), '--json');
    const [huge, read] = JSON.parse(outcome.stdout).files;
    expect(huge).toMatchObject({ path: 'huge.py', models: [], findings: [{ code: 'not-read', severity: 'error' }] });
    expect(read.models).toHaveLength(1);
    expect(outcome.code).toBe(1);
    expect((await unroll('analyze', 'huge.py', 'good.py')).stdout).toMatch(/larger than 2 MB[\s\S]*137,603 parameters/);
  });

  it('says of a file that is no text that it is none', async () => {
    await writeFile(path.join(workFolder, 'wide.py'), Buffer.from(`\uFEFF${good}`, 'utf16le'));
    const { code, stdout } = await unroll('analyze', 'wide.py');
    expect(stdout).toMatch(/wide\.py is UTF-16, not UTF-8 text; save it as UTF-8\./);
    expect(code).toBe(1);
  });

  it('keeps what another file makes apart from what the file itself makes', async () => {
    const encoder = 'class Encoder(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n';
    await file(
      'imported/encoder.py',
      `from torch import nn\n${encoder}        self.rnn = nn.GRU(width, 8, dropout=0.5)\n        self.odd = nn.Unheard(3)\n`,
    );
    const main = await file(
      'imported/main.py',
      'from torch import nn\nfrom encoder import Encoder\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.encoder = Encoder(4)\nnet = Net()\n',
    );
    const [only] = JSON.parse((await unroll('analyze', main, '--json')).stdout).files;
    const net = only.models.find(({ name }: { name: string }) => name === 'Net');
    expect(net.layers[0]).toMatchObject({
      path: 'encoder.rnn',
      line: 5,
      file: path.join('imported', 'encoder.py'),
    });
    expect(only.findings.map(({ code }: { code: string }) => code)).not.toContain('dropout-single-layer');
    const text = (await unroll('analyze', main)).stdout;
    expect(text).toMatch(/encoder\.py:5 {2}encoder\.rnn {2}GRU/);
    const [itself] = JSON.parse((await unroll('analyze', 'imported/encoder.py', '--json')).stdout).files;
    expect(itself.findings).toContainEqual(expect.objectContaining({ code: 'dropout-single-layer', line: 5 }));
  });

  it('prints a table for people', async () => {
    const { stdout } = await unroll('analyze', await file('good.py', good));
    expect(stdout).toMatch(/Net {2}module, line 4: 137,603 parameters/);
    expect(stdout).toMatch(/ 7 {2}lstm {3}LSTM {4}\(B, T, 128\) +137,216 +135,168·T/);
  });

  it.each([
    ['an empty file', '', /The file is empty\./],
    ['a file without a framework', 'print(1)\n', /uses none of Keras, TensorFlow, TensorFlow\.js, PyTorch, Flax\.$/m],
    ['a file without a model', 'import torch\n', /No model was found/],
    ['a syntax error', `${good}\nx = (1,\ny = )\n`, /Something in "y = \)" could not be read as Python.* syntax-error/],
    ['an end too early', `${good}\nx = (1,\n`, /The file ends after "x = \(1," before something that was begun/],
  ])('has a sentence for %s', async (_, text, message) => {
    const { code, stdout } = await unroll('analyze', await file('odd.py', text));
    expect(stdout).toMatch(message);
    expect(code).toBe(0);
  });

  it('leaves out scripts that are too large for anyone to have written', async () => {
    const script = "import * as tf from '@tensorflow/tfjs';\nconst model = tf.sequential();\n";
    await file('scripts/model.js', script);
    await file('scripts/bundle.js', script + '// '.padEnd(400_000, 'x'));
    const { stdout } = await unroll('analyze', 'scripts', '--json');
    const { files }: { files: readonly { path: string }[] } = JSON.parse(stdout);
    expect(files.map((found) => path.basename(found.path))).toEqual(['model.js']);
  });

  it('has a sentence for a folder without models', async () => {
    await file('plain/notes.py', 'print(1)\n');
    expect((await unroll('analyze', 'plain')).stdout).toMatch(/None of 1 file uses Keras/);
    await mkdir(path.join(workFolder, 'nothing'), { recursive: true });
    expect((await unroll('analyze', 'nothing')).stdout).toMatch(/No files of a kind that holds models were found/);
  });
});

describe('recommend', () => {
  it('prints the ranking as JSON and as a table', async () => {
    const name = await file('good.py', good);
    const { code, stdout } = await unroll('recommend', name, '--seq-len', '60', '--json');
    expect(code).toBe(0);
    const recommendation = JSON.parse(stdout);
    expect(recommendation.inputs.sequenceLength).toBe(60);
    expect(recommendation.ranking).toHaveLength(7);
    const table = await unroll(
      'recommend',
      name,
      '--seq-len',
      '60',
      '--streaming',
      '--max-latency',
      '5',
      '--device',
      'laptop-cpu',
    );
    expect(table.stdout).toMatch(/LSTM in one direction/);
    expect(table.stdout).toMatch(/Bidirectional LSTM.*in the file, not possible/);
    expect(table.stdout.trim().split('\n').length).toBeLessThanOrEqual(30);
    const verbose = await unroll(
      'recommend',
      name,
      '--seq-len',
      '60',
      '--streaming',
      '--device',
      'laptop-cpu',
      '--verbose',
    );
    expect(verbose.stdout).toMatch(/Times are predicted for a laptop CPU .* and one step at a time/);
    expect(verbose.stdout).toMatch(/Chung et al\. 2014/);
  });

  it.each<[string, string, readonly string[], number, RegExp]>([
    ['an impossible budget', good, ['--max-params', '5'], 1, /cannot be kept/],
    ['bytes for parameters', good, ['--max-params', '120KB'], 2, /for 120KB of weights give --max-memory 120KB/],
    ['a contradiction', good, ['--streaming', '--no-streaming'], 2, /exclude one another: give one of them/],
    ['a task that is none', good, ['--task', 'unknown'], 2, /--task takes one of classification, .*generation, not/],
    ['a model that is not there', good, ['--model', 'Other'], 2, /has no model Other\. It has Net\./],
    ['an empty file', '', [], 1, /is empty/],
    ['a file without a recurrent model', 'import torch\n', [], 1, /has no recurrent model/],
    ['a file that breaks off', 'import torch\nx = f(\n', [], 1, /Line 3 may be why: The file ends after "x = f\("/],
  ])('has a sentence for %s', async (_, text, options, code, message) => {
    const outcome = await unroll('recommend', await file('asked.py', text), ...options);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.code).toBe(code);
  });
});

function eventsOf(stdout: string): readonly RunEvent[] {
  return stdout
    .trim()
    .split('\n')
    .map((line): RunEvent => JSON.parse(line));
}

describe('train', () => {
  const weather = path.join(projectFolder, 'samples', 'weather_keras.py');
  const quick = ['--steps', '4', '--batch', '4', '--backend', 'reference'];
  const digits = path.join(projectFolder, 'samples', 'data', 'digits.npz');
  const [parquet = '', jsonLines = ''] = ['zstd.parquet', 'table.jsonl'].map((name) =>
    path.join(projectFolder, 'test', 'fixtures', 'data', name),
  );

  it('trains on the data that the file names, one event a line', async () => {
    const { code, stdout } = await unroll('train', weather, ...quick, '--cells', 'rnn,gru', '--jsonl');
    expect(code).toBe(0);
    const events = eventsOf(stdout);
    expect(events.filter((event) => event.type === 'run').map(({ cell, backend }) => [cell, backend])).toEqual([
      ['rnn', 'reference'],
      ['gru', 'reference'],
    ]);
    expect(events.filter((event) => event.type === 'step' && event.cell === 'gru')).toHaveLength(4);
    expect(events.at(-1)).toEqual({ type: 'finished' });
  });

  it.each<[string, string, string, readonly string[], RegExp]>([
    [
      'arrays',
      '(None, 8)',
      'layers.Dense(10, activation="softmax")',
      ['--data', digits],
      /1,797 sequences of 8 steps and 8 columns, y of each/,
    ],
    [
      'a Parquet file',
      '(5, 2)',
      'layers.Dense(1)',
      ['--data', parquet, '--features', 'x|n', '--target', 'n'],
      /40 rows, 2 columns in \(x, n\), n one step ahead/,
    ],
    [
      'classes in JSON lines',
      '(3, 1)',
      'layers.Dense(2)',
      ['--data', jsonLines, '--features', 'n', '--target', 'label'],
      /label of the last row of each window \(2 classes: a, b\)/,
    ],
    ['no data that is named', '(20, 2)', 'layers.Dense(1)', [], /^Adding: 20 random numbers/],
  ])('trains on %s', async (_, shape, head, options, description) => {
    const model = `model = keras.Sequential([keras.Input(${shape}), layers.GRU(4), ${head}])`;
    const own = await file('any.py', `import keras\nfrom keras import layers\n${model}\n`);
    const { code, stdout, stderr } = await unroll('train', own, ...quick, '--cells', 'gru', ...options);
    expect(stdout).toMatch(description);
    expect(stderr).toMatch(options.length === 0 ? /any\.py names no data .+; a made-up task is trained/ : /^$/);
    expect(code).toBe(0);
  });

  it('trains by other rules, and goes on from a checkpoint loss by loss', async () => {
    const rules = ['--optimizer', 'sgd,momentum=0.9,nesterov', '--learning-rate', '0.05', '--clip', 'value=0.5'];
    const options = [...quick, ...rules, '--schedule', 'exponential,factor=0.9', '--cells', 'gru', '--jsonl'];
    const losses = async (...more: readonly string[]): Promise<readonly number[]> => {
      const { stdout } = await unroll('train', weather, ...options, ...more);
      return eventsOf(stdout).flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    };
    const straight = await losses();
    const first = await losses('--steps', '2', '--checkpoint', 'two.checkpoint');
    expect([...first, ...(await losses('--resume', 'two.checkpoint'))]).toEqual(straight);
    const refused = await unroll('train', weather, ...options, '--seed', '9', '--resume', 'two.checkpoint');
    expect(refused.stderr).toMatch(/The checkpoint is one of another run: the seed was 1 and is 9 now\./);
    expect(refused.code).toBe(1);
  });

  it('gives the same losses for the same seed', async () => {
    const losses = async (seed: string): Promise<readonly number[]> => {
      const { stdout } = await unroll('train', weather, ...quick, '--cells', 'gru', '--seed', seed, '--jsonl');
      return eventsOf(stdout).flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    };
    const [first, again, other] = await Promise.all([losses('5'), losses('5'), losses('6')]);
    expect(first).toHaveLength(4);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it.each<[string, string, RegExp, RegExp]>([
    ['keeps', 'y,x', /y one step ahead/, /^$/],
    ['says that other data has not', 'u,x', /x one step ahead/, /other\.csv has no column y, which own\.py names; /],
  ])('%s the columns that the file names', async (_, header, description, remark) => {
    const rows = Array.from({ length: 200 }, (_, row) => `${row % 7},${row % 5}`);
    await file('other.csv', [header, ...rows].join('\n'));
    const model = 'model = keras.Sequential([keras.Input((30, 2)), layers.GRU(4), layers.Dense(1)])';
    const comment = '# unroll: data=gone.csv, target=y, features=y|x';
    const own = await file('own.py', `${comment}\nimport keras\nfrom keras import layers\n${model}\n`);
    const { code, stdout, stderr } = await unroll('train', own, ...quick, '--cells', 'gru', '--data', 'other.csv');
    expect(stderr).toMatch(remark);
    expect(stdout).toMatch(description);
    expect(code).toBe(0);
  });

  it('says which of several models is trained, and that there are more threads than cores', async () => {
    const layer = (name: string): string =>
      `${name} = keras.Sequential([keras.Input((9, 2)), layers.GRU(2), layers.Dense(1)])`;
    const own = await file('two.py', `import keras\nfrom keras import layers\n${layer('first')}\n${layer('second')}\n`);
    const options = [...quick, '--cells', 'gru', '--task', 'adding'];
    const { code, stderr } = await unroll('train', own, ...options, '--threads', '4096');
    expect(stderr).toMatch(/two\.py has the models first, second; first is taken \(--model NAME for another\)\./);
    expect(stderr).toMatch(/4,096 threads are more than the \d+ this machine runs at once/);
    expect(code).toBe(0);
    expect((await unroll('train', own, ...options, '--model', 'second')).stderr).toBe('');
  });

  it('tells people what came out, and writes a report without scripts', async () => {
    const { stdout } = await unroll('train', weather, ...quick, '--cells', 'rnn', '--report', 'report.html');
    expect(stdout).toMatch(/RNN finished after 4 steps/);
    const report = await readFile(path.join(workFolder, 'report.html'), 'utf8');
    expect(report).toMatch(/<polyline [^>]*points="[\d. ,]+"/);
    expect(report).not.toMatch(/<script/);
  });

  it.each<[string, string, readonly string[], number, RegExp]>([
    ['a folder in place of the data', good, ['--data', '.'], 2, /--data takes a file, and \. is a folder/],
    ['a data file that is not there', good, ['--data', 'gone.csv'], 2, /There is no data file gone\.csv/],
    ['a task that does not exist', good, ['--task', 'chess'], 2, /--task takes adding, /],
    [
      'a column of a made-up task',
      good,
      ['--task', 'adding', '--target', 'y'],
      2,
      /--target names a column .* task adding/,
    ],
    [
      'a column of a text',
      good,
      ['--data', 'asked.py', '--target', 'y'],
      2,
      /--target names a column .* asked\.py has none/,
    ],
    [
      'a column of the text that the file names',
      `# unroll: data=a.txt\n${good}`,
      ['--target', 'y'],
      2,
      /--target names a column .* the data that asked\.py names/,
    ],
    [
      'a comment with a task that does not exist',
      `# unroll: task=addding\n${good}`,
      [],
      2,
      /there are adding, copy-memory, /,
    ],
    [
      'a folder for the report that is not there',
      good,
      ['--task', 'adding', '--report', 'gone/report.html'],
      2,
      /cannot be written to gone\/report\.html: there is no such file or folder/,
    ],
    [
      'a folder in place of the report',
      good,
      ['--task', 'adding', '--report', '.'],
      2,
      /cannot be written to \.: it is a folder/,
    ],
    [
      'a file in place of the folder for the report',
      good,
      ['--task', 'adding', '--report', 'asked.py/report.html'],
      2,
      /cannot be written to asked\.py\/report\.html/,
    ],
    [
      'a folder for the checkpoint that is not there',
      good,
      ['--task', 'adding', '--checkpoint', 'gone/run.checkpoint'],
      2,
      /checkpoint cannot be written to gone\/run\.checkpoint: there is no such file or folder/,
    ],
    [
      'a checkpoint that is not there',
      good,
      ['--task', 'adding', '--resume', 'gone.checkpoint'],
      2,
      /There is no checkpoint gone\.checkpoint\./,
    ],
    [
      'text in a column of numbers',
      broken.replace('LSTM(64)', 'LSTM(64, return_sequences=True)'),
      ['--data', 'text.csv', '--target', 'b'],
      1,
      /text\.csv/,
    ],
  ])('has a sentence for %s', async (_, text, options, code, message) => {
    await file('text.csv', `a,b,c,d\n${'1,2,3,4\n'.repeat(100)}1,many,3,4\n${'1,2,3,4\n'.repeat(100)}`);
    const outcome = await unroll('train', await file('asked.py', text), ...options);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toMatch(/\n {4}at /);
    expect(outcome.code).toBe(code);
  });

  it('says that a model of fixed length does not take another', async () => {
    const { stdout } = await unroll('train', weather, ...quick, '--cells', 'rnn', '--seq-len', '7');
    expect(stdout).toContain('The model fixes its sequences at 30 steps; the 7 asked for are not used.');
  });

  it('says in the report why nothing was trained', async () => {
    const own = await file('own.py', broken);
    expect((await unroll('train', own, '--task', 'adding', '--report', 'rejected.html')).code).toBe(1);
    const report = await readFile(path.join(workFolder, 'rejected.html'), 'utf8');
    expect(report).toMatch(/did not reach a verdict\.<\/p><p>.*own\.py:3\)<\/p>/);
  });

  it('says when the trainer was killed from outside, and how far it came', async () => {
    const trainer = path.join(program.folder, 'trainer.js');
    const real = await readFile(trainer);
    const step = {
      type: 'step',
      cell: 'gru',
      step: 7,
      loss: 1,
      heldOutLoss: null,
      metric: null,
      seconds: 1,
      sequencesPerSecond: 1,
    };
    await writeFile(
      trainer,
      `process.stdout.write(${JSON.stringify(`${JSON.stringify(step)}\n`)}, () => process.kill(process.pid, 'SIGKILL'));`,
    );
    try {
      const { code, stdout, stderr } = await unroll('train', weather, '--jsonl', '--report', 'killed.html');
      const why = /The trainer ended unexpectedly \(SIGKILL\), at step 7 of GRU/;
      expect(stderr).toMatch(why);
      expect(eventsOf(stdout)).toEqual([step, { type: 'failed', message: expect.stringMatching(why) }]);
      expect(await readFile(path.join(workFolder, 'killed.html'), 'utf8')).toMatch(why);
      expect(code).toBe(1);
    } finally {
      await writeFile(trainer, real);
    }
  });
});

it('lists the backends that run here', async () => {
  const { stdout } = await unroll('devices', '--json');
  expect(JSON.parse(stdout).backends).toContainEqual(expect.objectContaining({ name: 'reference', available: true }));
  expect((await unroll('devices')).stdout).toMatch(/^reference +yes/m);
});

describe('TensorFlow.js for Node', () => {
  const source = path.join(projectFolder, 'samples', 'weather_keras.py');

  it('is looked for where it is named, else where one works, and only for those who ask', async () => {
    const named = path.join(projectFolder, 'samples', 'data');
    expect((await unroll('devices')).stdout).toMatch(/^tfjs-node-gpu +no +no folder is named that @tensorflow/m);
    const probed = await unroll('devices', '--tfjs', named);
    expect(probed.stdout).toContain(
      `neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed in ${named}`,
    );
    const run = ['train', source, '--steps', '2', '--backend', 'tfjs-node-gpu'];
    for (const [args, folder] of [
      [[...run, '--tfjs', named], named],
      [run, ''],
    ] as const) {
      const { code, stderr } = await unroll(...args);
      expect(code).toBe(1);
      expect(stderr).toContain(`@tensorflow/tfjs-node is installed in ${folder}`);
    }
  });
});

describe('times', () => {
  it('are predicted for devices by name', async () => {
    const name = await file('timed.py', good);
    const { code, stdout } = await unroll('analyze', name, '--device', 'Raspberry Pi 5', '--seq-len', '50');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {2}About [\d.]+ (µs|ms) a training step with 32 sequences on a Raspberry Pi 5 \([\d.]+–[\d.]+\), estimated$/m,
    );
    expect(stdout).toMatch(/published figures of a Raspberry Pi 5 that nobody measured here/);
  });

  it('say what is missing', async () => {
    const name = await file('timed.py', good);
    const { stdout } = await unroll('analyze', name, '--device', 't4');
    expect(stdout).toMatch(/An answer on an NVIDIA T4: about [\d.]+ .s·T \([\d.]+–[\d.]+\), estimated/);
    expect(stdout).toMatch(
      /T, the number of time steps, is open: "# unroll: T=100" in the file says it, or --seq-len 100/,
    );
  });

  it('are in the document when they are asked for', async () => {
    const name = await file('timed.py', good);
    const { stdout } = await unroll('analyze', name, '--json', '--device', 'h100', '--seq-len', '50', '--batch', '8');
    const [model] = (JSON.parse(stdout) as AnalysisDocument).files[0]?.models ?? [];
    expect(model?.times).toMatchObject({
      device: 'h100',
      training: { batch: 8, milliseconds: expect.any(Number), grade: 'estimated' },
      inference: { batch: 1, milliseconds: expect.any(Number), grade: 'estimated' },
    });
  });

  it('of this machine are known once it has been measured', async () => {
    const name = await file('timed.py', good);
    expect((await unroll('devices')).stdout).toMatch(/this-machine has not been measured yet/);
    expect((await unroll('analyze', name, '--seq-len', '50')).stdout).not.toMatch(/this machine/);
    const measured = JSON.parse((await unroll('devices', '--calibrate', '--json')).stdout);
    expect(measured.devices[0]).toMatchObject({ id: 'this-machine', origin: 'calibrated' });
    expect((await unroll('devices')).stdout).toMatch(/^this-machine +\S+ .MAC\/s .* timed on/m);
    expect((await unroll('analyze', name, '--seq-len', '50')).stdout).toMatch(/an answer on this machine \(/);
    const weather = path.join(projectFolder, 'samples', 'weather_keras.py');
    const trained = await unroll('train', weather, '--cells', 'rnn', '--steps', '4', '--batch', '4');
    expect(trained.stdout).toMatch(/^RNN: [\d.]+ .?s a training step \([\d.]+ .?s predicted, /m);
    const kept = await readFile(path.join(program.folder, 'cache', 'unroll', 'measured-times.jsonl'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ cell: 'rnn', batch: 4, measured: expect.any(Number) });
  });
});

it('serves an editor over standard streams', async () => {
  const client = await startClient([program.script, 'language-server', '--stdio'], {});
  expect(client.initialized.serverInfo?.name).toBe('unroll');
  await client.stop();
});
