/** The borders between folders that docs/architecture.md states as invariants: who may import whom. */
import { describe, expect, test } from 'vitest';
import { outsideNamesIn } from './globals';
import { type ImportedModule, importsOf } from './imports';
import { projectFiles, readProjectFile } from './projectFiles';

interface Border {
  /** A module, as a path in the project or as it is imported. */
  readonly of: string;
  readonly matches: (imported: ImportedModule) => boolean;
  /** The only files that may import it. */
  readonly allowed: (file: string) => boolean;
}

const under =
  (...folders: string[]) =>
  (file: string): boolean =>
    folders.some((folder) => file.startsWith(`${folder}/`));
const isTest = (file: string): boolean => file.endsWith('.test.ts') || under('test')(file);
const either =
  (...conditions: ((file: string) => boolean)[]) =>
  (file: string): boolean =>
    conditions.some((condition) => condition(file));
const fromPackage =
  (prefix: string) =>
  ({ specifier }: ImportedModule): boolean =>
    specifier === prefix || specifier.startsWith(`${prefix}/`);
const fromFolder =
  (folder: string) =>
  ({ projectPath }: ImportedModule): boolean =>
    projectPath?.startsWith(`${folder}/`) ?? false;

const modules: readonly Border[] = [
  { of: 'vscode', matches: fromPackage('vscode'), allowed: under('client', 'test/host/suite') },
  { of: 'vscode-languageclient', matches: fromPackage('vscode-languageclient'), allowed: under('client') },
  {
    of: 'vscode-languageserver',
    matches: ({ specifier }) => /^vscode-(languageserver|jsonrpc)/.test(specifier),
    allowed: either(under('server/src/lsp'), isTest),
  },
  { of: 'assemblyscript', matches: fromPackage('assemblyscript'), allowed: under('engine/wasm') },
  {
    // Its types alone: the library is the user's, and part of no bundle. Benchmarks have it beside the engine.
    of: '@tensorflow/tfjs',
    matches: (imported) => !imported.typeOnly && fromPackage('@tensorflow')(imported),
    allowed: either(isTest, under('engine/test', 'bench/peers')),
  },
];

/** Each part of the project with the parts it may import from. */
const parts: Readonly<Record<string, readonly string[]>> = {
  model: ['model'],
  protocol: ['protocol'],
  engine: ['engine', 'model', 'protocol'],
  server: ['server', 'model', 'protocol'],
  webview: ['webview', 'protocol'],
  client: ['client', 'protocol'],
};

/** Imports beyond those of `parts`, each with its reason. */
function isException(file: string, { projectPath, typeOnly }: ImportedModule): boolean {
  if (projectPath === null) return true;
  // The shapes of a graph cross every border as JSON; their functions do not.
  if (typeOnly && under('protocol', 'webview', 'client')(file) && projectPath.startsWith('model/')) return true;
  // The page's frame is filled by whoever opens it.
  if (under('client')(file) && projectPath === 'webview/page') return true;
  // `unroll train` and `unroll devices` are the engine on the command line.
  if (under('server/src/cli')(file) && projectPath.startsWith('engine/')) return true;
  // The command line has the version of its package.
  if (file === 'server/src/cli/version.ts' && projectPath === 'package.json') return true;
  // What cannot be trained is said before a trainer is started: the plan knows, and is as pure as the model.
  if (file === 'server/src/lsp/previewModel.ts' && projectPath.startsWith('engine/plan/')) return true;
  // How NumPy's files begin is said once; the trainer reads on where analysis stops.
  if (file === 'server/src/arrayHeaders.ts' && /^engine\/data\/files\/(npyHeader|zip)\b/.test(projectPath)) return true;
  // Tests build graphs, and share helpers.
  return isTest(file) && under('test', 'scripts', 'model')(projectPath);
}

const sources = projectFiles(
  (path) => /^[^.].*\.(ts|mts|mjs)$/.test(path) && !path.startsWith('engine/wasm/assembly/'),
);
const imports = sources.flatMap((file) =>
  importsOf(file, readProjectFile(file)).map((imported) => ({ file, imported })),
);

test('imports are found at all', () => {
  expect(imports.length).toBeGreaterThan(100);
});

describe.each(modules)('$of', ({ matches, allowed }) => {
  test('is imported only where it belongs', () => {
    const trespassers = imports.filter(({ file, imported }) => matches(imported) && !allowed(file));
    expect(trespassers.map(({ file, imported }) => `${file} imports ${imported.specifier}`)).toEqual([]);
  });
});

describe.each(Object.entries(parts))('%s/', (part, allowed) => {
  test(`imports nothing of the project but ${allowed.join(', ')}`, () => {
    const trespassers = imports.filter(
      ({ file, imported }) =>
        under(part)(file) &&
        imported.projectPath !== null &&
        !allowed.some((folder) => fromFolder(folder)(imported)) &&
        !isException(file, imported),
    );
    expect(trespassers.map(({ file, imported }) => `${file} imports ${imported.specifier}`)).toEqual([]);
  });
});

describe('analysis', () => {
  /** What the server is beside the analysis: its two faces, the files around a model, and paths of data. */
  const faces = either(
    under('server/src/cli', 'server/src/lsp', 'server/src/preview'),
    (file) => file === 'server/src/diskWorkspace.ts' || file === 'server/src/arrayHeaders.ts',
  );
  const isAnalysis = (file: string): boolean =>
    under('model', 'protocol', 'server/src')(file) && !faces(file) && !isTest(file) && !file.includes('/testing/');
  const files = sources.filter(isAnalysis);
  const imported = imports.filter(({ file }) => isAnalysis(file));

  test('is more than a few files', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'server/src/analysis.ts',
        'protocol/probe.ts',
        'server/src/workspace.ts',
        'server/src/analysers/python.ts',
        'server/src/rewrite/cell.ts',
      ]),
    );
  });

  test('imports no package but its parsers: no input or output of its own', () => {
    const isParser = (specifier: string): boolean => specifier.startsWith('@lezer/') || specifier === 'yaml';
    const trespassers = imported.filter(
      ({ imported: { specifier, projectPath } }) => projectPath === null && !isParser(specifier),
    );
    expect(trespassers.map(({ file, imported: { specifier } }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('imports nothing of the project that does input or output', () => {
    const trespassers = imported.filter(
      ({ imported: { projectPath } }) =>
        projectPath !== null && (faces(`${projectPath}.ts`) || !under('model', 'protocol', 'server/src')(projectPath)),
    );
    expect(trespassers.map(({ file, imported: { specifier } }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test.each(files)('%s uses nothing of its surroundings', (file) => {
    expect(outsideNamesIn(readProjectFile(file))).toEqual([]);
  });
});

test('npm start and npm test begin with nothing installed', () => {
  const first = (file: string): boolean =>
    ['scripts/start.mjs', 'scripts/test.mjs'].includes(file) || under('scripts/lib')(file);
  const trespassers = imports.filter(
    ({ file, imported }) => first(file) && !imported.specifier.startsWith('node:') && !fromFolder('scripts')(imported),
  );
  expect(trespassers.map(({ file, imported }) => `${file} imports ${imported.specifier}`)).toEqual([]);
});
