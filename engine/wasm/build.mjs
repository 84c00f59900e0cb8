/**
 * Compiles the AssemblyScript kernels twice: `kernels.wasm` for every engine with SIMD, and `kernels.relaxed.wasm` with
 * relaxed multiply-add. Skipped while both are newer than every source.
 */
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import asc from 'assemblyscript/asc';

const sourceFolder = join(import.meta.dirname, 'assembly');

/** File names of the two modules, in a folder of the caller's choice. */
export const kernelFiles = { simd: 'kernels.wasm', relaxedSimd: 'kernels.relaxed.wasm' };

/**
 * @param {string} outputFolder
 * @returns {Promise<boolean>} whether anything was compiled
 */
export async function buildKernels(outputFolder) {
  mkdirSync(outputFolder, { recursive: true });
  const sources = readdirSync(sourceFolder).map((name) => join(sourceFolder, name));
  const newestSource = Math.max(...[import.meta.filename, ...sources].map(modifiedMs));
  const targets = [
    { file: join(outputFolder, kernelFiles.simd), features: ['--enable', 'simd'] },
    { file: join(outputFolder, kernelFiles.relaxedSimd), features: ['--enable', 'simd', '--enable', 'relaxed-simd'] },
  ];
  const stale = targets.filter(({ file }) => modifiedMs(file) < newestSource);
  for (const { file, features } of stale) await compile(file, features);
  return stale.length > 0;
}

async function compile(file, features) {
  const baseFolder = process.cwd();
  const { error, stderr } = await asc.main(
    [
      relative(baseFolder, join(sourceFolder, 'index.ts')),
      ...['--outFile', relative(baseFolder, file)],
      ...['--baseDir', baseFolder],
      ...['--runtime', 'stub', '--importMemory', '--initialMemory', '1', '--noAssert'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
      ...features,
    ],
    {
      // Whole or not at all: another process may be reading the last build.
      writeFile: (name, contents) => {
        const target = join(baseFolder, name);
        const unfinished = `${target}.${process.pid}`;
        writeFileSync(unfinished, contents);
        renameSync(unfinished, target);
      },
    },
  );
  if (error) throw new Error(`AssemblyScript: ${stderr.toString() || error.message}`);
}

function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (import.meta.filename === process.argv[1]) await buildKernels(process.argv[2] ?? 'dist');
