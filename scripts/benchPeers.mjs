/**
 * `npm run bench:peers`: installs what `bench:engine` and `bench:gpu` compare with into `.cache/peers`, the newest PyTorch,
 * Keras, TensorFlow and TensorFlow.js. Needs Python 3 and some gigabytes; nothing else of the project needs any of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inProject, PlainError, runMain } from './lib/project.mjs';

await runMain(async () => {
  const folder = inProject('.cache', 'peers');
  const modules = path.join(folder, 'node');
  mkdirSync(modules, { recursive: true });
  const python = path.join(folder, 'python');
  run('python3', ['-m', 'venv', python], 'Python 3 with its module venv is needed');
  const pip = path.join(python, 'bin', 'pip');
  run(pip, ['install', '--upgrade', 'torch', 'keras', 'tensorflow-cpu', 'numpy'], 'pip could not install the packages');
  writeFileSync(path.join(modules, 'package.json'), '{ "private": true }\n');
  const packages = ['tfjs', 'tfjs-backend-wasm', 'tfjs-backend-webgpu'].map((name) => `@tensorflow/${name}`);
  run('npm', ['install', '--prefix', modules, '--ignore-scripts', ...packages], 'npm could not install TensorFlow.js');
});

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} failure what could not be done without it
 */
function run(command, args, failure) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new PlainError(`${failure}: ${[command, ...args].join(' ')}`);
}
