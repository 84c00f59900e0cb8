/**
 * `npm run bench:gpu`: bundles bench/gpu.ts, and TensorFlow.js' part in it where that is installed, and runs them. With
 * `-- --pack <folder>` it puts them, Node, Dawn and a script that runs them into a folder and an archive instead, for a machine
 * of the same kind without network. The folder is laid out as a checkout is, so that everything is found where it is here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildProject, bundleProgram, runProgram } from './benchProgram.mjs';
import { inProject, PlainError, projectFolder, runMain, say, toolNode } from './lib/project.mjs';

const runScript = `#!/bin/sh
# Times the engine on this machine's GPU beside PyTorch, where python3 has it, and TensorFlow.js: bench/results/gpu.md and .json.
# Options: --only <part of a model's name>, --seconds <of a turn>, --rounds <number>, --against torch,tfjs,wasm, --smoke.
cd "$(dirname "$0")" || exit 1
UNROLL_PEERS_PYTHON="\${UNROLL_PEERS_PYTHON:-$(command -v python3)}"
export UNROLL_PEERS_PYTHON
# Vulkan's loader that was carried along serves where the system has none.
/sbin/ldconfig -p 2>/dev/null | grep -q 'libvulkan\\.so\\.1' || LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"
export LD_LIBRARY_PATH
exec ./node .cache/bench/gpu.cjs --write "$@"
`;

const vulkanLoaders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map(
  (folder) => `${folder}/libvulkan.so.1`,
);

/**
 * @param {string | undefined} folder
 * @param {readonly string[]} bundles
 */
async function pack(folder, bundles) {
  if (process.platform === 'win32') throw new PlainError('A pack is made on Linux or macOS.');
  if (folder === undefined) throw new PlainError('Pack into which folder?');
  if (existsSync(folder)) throw new PlainError(`${folder} is there already.`);
  const target = path.resolve(folder);
  const files = [
    ...bundles.map((bundle) => path.relative(projectFolder, bundle)),
    ...['kernels.wasm', 'kernels.relaxed.wasm', 'trainerWorker.js', 'webgpu'].map((name) => path.join('dist', name)),
    path.join('bench', 'peers', 'torch_peer.py'),
  ];
  for (const file of files) await cp(inProject(file), path.join(target, file), { recursive: true });
  await cp(toolNode(), path.join(target, 'node'));
  const loader = vulkanLoaders.find((file) => existsSync(file));
  await mkdir(path.join(target, 'lib'));
  if (loader !== undefined) await cp(realpathSync(loader), path.join(target, 'lib', 'libvulkan.so.1'));
  await writeFile(path.join(target, 'run.sh'), runScript);
  await chmod(path.join(target, 'run.sh'), 0o755);
  if (bundles.length < 2) say('TensorFlow.js is not installed and is not in the pack: `npm run bench:peers`.');
  if (loader === undefined) say('There is no Vulkan loader here that could be packed for a machine without one.');
  const archive = `${target}.tar.xz`;
  await rm(archive, { force: true });
  const { status } = spawnSync('tar', ['-cJf', archive, '-C', path.dirname(target), path.basename(target)], {
    stdio: 'inherit',
    env: { ...process.env, XZ_OPT: '-2 -T0' },
  });
  if (status !== 0) throw new PlainError(`${folder} is complete, but tar with xz could not make an archive of it.`);
  say(`${folder}, and ${(statSync(archive).size / 2 ** 20).toFixed(0)} MiB as ${folder}.tar.xz. There: sh run.sh`);
}

await runMain(async () => {
  const args = process.argv.slice(2);
  await buildProject();
  const program = await bundleProgram('gpu.ts');
  const peerModules = inProject('.cache', 'peers', 'node', 'node_modules');
  const peer = existsSync(path.join(peerModules, '@tensorflow', 'tfjs-backend-webgpu'))
    ? [await bundleProgram('peers/tfjs_gpu_peer.mjs', [peerModules])]
    : [];
  const packing = args.indexOf('--pack');
  if (packing < 0) await runProgram(program, args);
  else await pack(args[packing + 1], [program, ...peer]);
});
