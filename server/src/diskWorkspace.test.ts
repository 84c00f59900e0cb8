/** The files around an analysed one: who imports it, and whose changes matter to it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskWorkspace } from './diskWorkspace';

const files: Readonly<Record<string, string>> = {
  'src/models/net.ts': 'export const net = 1;',
  'src/models/index.ts': "export * from './net';",
  'src/models/near.js': "const { net } = require('./net.js');",
  'src/models/net.d.ts': "import './net';",
  'src/models/bundle.min.js': "import('./net')",
  'src/models/word.ts': "// import net from 'net'\nconst net = from('./other');",
  'src/train.ts': "import {\n  net,\n} from './models/net';",
  'src/whole.mjs': "import * as models from './models/index.mjs';",
  'main.js': "const models = await import('./src/models');",
  'net.py': 'import os',
  'train.py': 'from net import Net',
};

let folder: string;
const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unroll-workspace-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('importers', () => {
  it.each([
    ['src/models/net.ts', ['src/models/index.ts', 'src/models/near.js', 'src/train.ts']],
    ['src/models/index.ts', ['src/whole.mjs', 'main.js']],
    ['net.py', ['train.py']],
    ['main.js', []],
  ])('of %s', (name, expected) => {
    expect(new DiskWorkspace().importersOf(uriOf(name))).toEqual(expected.map(uriOf));
  });
});

it('sees a new importer once it is told that files have changed', async () => {
  const workspace = new DiskWorkspace();
  expect(workspace.importersOf(uriOf('alone/net.py'))).not.toContain(uriOf('alone/train.py'));
  await mkdir(path.join(folder, 'alone'), { recursive: true });
  await writeFile(path.join(folder, 'alone/train.py'), 'import net');
  workspace.changed();
  expect(workspace.importersOf(uriOf('alone/net.py'))).toContain(uriOf('alone/train.py'));
});

describe('changes that matter', () => {
  it('are of files that were asked for, there or not, and of code where importers were looked for', () => {
    const workspace = new DiskWorkspace();
    const concerned = (): readonly string[] =>
      ['src/sizes.ts', 'src/sizes.json', 'src/new.ts', 'src/new.json', 'other/new.ts'].filter((name) =>
        workspace.concerns(uriOf(name)),
      );
    expect(concerned()).toEqual([]);
    workspace.read(uriOf('src/sizes.json'));
    expect(concerned()).toEqual(['src/sizes.json']);
    workspace.importersOf(uriOf('src/models/net.ts'));
    expect(concerned()).toEqual(['src/sizes.ts', 'src/sizes.json', 'src/new.ts']);
    expect(workspace.concerns('untitled:Untitled-1')).toBe(false);
  });
});
