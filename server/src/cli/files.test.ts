/** What cannot be read is named, and does not keep the rest from being read. */
import { describe, expect, it } from 'vitest';
import { ownLevels } from '../advice/ruleLevels';
import { analyseFile } from '../analysis';
import { DiskWorkspace } from '../diskWorkspace';
import { outcomeOf } from './analyze';
import { type FileSystem, readSource, readSources, type SourceFile } from './files';
import { TaskError, UsageError } from './usage';

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: not for people`), { code });
}

/** Files by path with their text, or the code of the error that reading them gives; folders have a slash at their end. */
function diskOf(entries: Readonly<Record<string, string | { readonly code: string }>>): FileSystem {
  const at = (name: string): string | { readonly code: string } => {
    const entry = entries[name] ?? entries[`${name}/`];
    if (entry === undefined) throw failure('ENOENT');
    return entry;
  };
  const isFolder = (name: string): boolean => `${name}/` in entries;
  return {
    async list(folder) {
      const entry = at(folder);
      if (typeof entry !== 'string') throw failure(entry.code);
      return Object.keys(entries).flatMap((name) => {
        const rest = name.startsWith(`${folder}/`) ? name.slice(folder.length + 1).replace(/\/$/, '') : '';
        if (rest === '' || rest.includes('/')) return [];
        const isDirectory = isFolder(`${folder}/${rest}`);
        return [{ name: rest, isDirectory: () => isDirectory, isFile: () => !isDirectory }];
      });
    },
    async read(file) {
      const entry = at(file);
      if (typeof entry !== 'string') throw failure(entry.code);
      return new TextEncoder().encode(entry);
    },
    async stat(name) {
      const entry = at(name);
      return { size: typeof entry === 'string' ? entry.length : 1, isDirectory: () => isFolder(name) };
    },
  };
}

const disk = diskOf({
  'project/': '',
  'project/a.py': 'import torch',
  'project/b.py': { code: 'EACCES' },
  'project/closed/': { code: 'EACCES' },
  'project/notes.txt': 'not a model',
  'project/types.d.ts': 'not a model',
  'project/z.py': '\uFEFFimport keras',
  'alone.py': { code: 'EIO' },
  'binary.py': 'import torch\0',
  'notes.txt': 'not a model',
});

describe('readSources', () => {
  it('goes on past files and folders that cannot be read', async () => {
    expect(await readSources(['project'], disk)).toEqual([
      { kind: 'source', path: 'project/a.py', text: 'import torch', isNamed: false },
      {
        kind: 'unread',
        path: 'project/b.py',
        because: 'project/b.py cannot be read: permission is denied.',
        isNamed: false,
      },
      {
        kind: 'unread',
        path: 'project/closed',
        because: 'project/closed cannot be looked through: permission is denied.',
        isNamed: false,
      },
      { kind: 'source', path: 'project/z.py', text: 'import keras', isNamed: false },
    ]);
  });

  it('goes on past a named file that cannot be read', async () => {
    expect(await readSources(['alone.py', 'project/a.py'], disk)).toMatchObject([
      { kind: 'unread', path: 'alone.py', isNamed: true },
      { kind: 'source', path: 'project/a.py' },
    ]);
  });

  it.each([
    ['gone.py', 'There is no file or folder gone.py.'],
    ['notes.txt', /^notes\.txt is not read: /],
  ])('refuses %s', async (name, message) => {
    await expect(readSources(['project/a.py', name], disk)).rejects.toThrow(message);
    await expect(readSources([name], disk)).rejects.toBeInstanceOf(UsageError);
  });
});

it('a single file that cannot be read is a task that cannot be done', async () => {
  await expect(readSource('alone.py', disk)).rejects.toBeInstanceOf(TaskError);
  await expect(readSource('binary.py', disk)).rejects.toThrow(/^binary\.py is not UTF-8 text/);
  await expect(readSource('project', disk)).rejects.toThrow('project is a folder, not a file.');
});

it('a failure of the analyser is reported for the file it failed on', () => {
  const source: SourceFile = { kind: 'source', path: 'a.py', text: 'import torch', isNamed: true };
  const failing: typeof analyseFile = () => {
    throw new TypeError('oops');
  };
  expect(outcomeOf(source, new DiskWorkspace(), ownLevels, failing)).toEqual({
    kind: 'unread',
    path: 'a.py',
    because: 'The analysis of a.py failed, which is a mistake of Unroll: oops',
    isNamed: false,
  });
  expect(outcomeOf(source, new DiskWorkspace(), ownLevels, analyseFile)).toMatchObject({
    kind: 'analysed',
    path: 'a.py',
  });
});
