/** What is said where Dawn cannot be had, for each reason there may be. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DawnProcess, openDawn, whyNotLoaded } from '../trainer/dawn';

const linux: DawnProcess = { platform: 'linux', architecture: 'x64', environment: {}, isElectron: false };

test('in Electron it is not even loaded', async () => {
  expect(await openDawn('/nowhere', { ...linux, isElectron: true })).toEqual({
    kind: 'none',
    because: 'this process is Electron, in which Dawn cannot run; set unroll.trainer.runtime to a Node',
  });
});

test('a build without it says so', async () => {
  expect(await openDawn(join(import.meta.dirname, 'nowhere'), { ...linux, architecture: 'riscv64' })).toEqual({
    kind: 'none',
    because: 'this build of Unroll has no WebGPU for linux on riscv64',
  });
});

describe('a binary that the system refuses', () => {
  test.each([
    {
      name: 'an old glibc',
      message: "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /unroll/dawn.node)",
      because: 'WebGPU needs glibc 2.34 or later, which this system does not have',
    },
    {
      name: 'another libc',
      message:
        'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /unroll/dawn.node)',
      because: 'WebGPU needs a Linux with glibc, which this system is not',
    },
    {
      name: 'no binary of this platform',
      message:
        "Cannot find module '/unroll/webgpu/dist/linux-x64/dawn.node'\nRequire stack:\n- /unroll/webgpu/index.js",
      because: 'this build of Unroll has no WebGPU for linux on x64',
    },
    {
      name: 'anything else',
      message: '/unroll/dawn.node: file too short\nmore',
      because: 'WebGPU could not be loaded (/unroll/dawn.node: file too short)',
    },
  ])('$name', ({ message, because }) => {
    expect(whyNotLoaded(message, linux)).toBe(because);
  });
});
