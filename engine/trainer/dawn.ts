/** WebGPU in a process of Node: Dawn, from npm's `webgpu`, of which the build copies what this platform needs beside the trainer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type OpenedGpu, openGpu } from '../webgpu/gpu';

/** What npm's `webgpu` gives. */
interface DawnModule {
  /** The entry that a page has as `navigator.gpu`. */
  create(flags: readonly string[]): GPU;
  /** The constructors and constants that a page has as globals. */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Where the process runs, so that a test can say so of another. */
export interface DawnProcess {
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly isElectron: boolean;
}

export const thisProcess: DawnProcess = {
  platform: process.platform,
  architecture: process.arch,
  environment: process.env,
  isElectron: process.versions['electron'] !== undefined,
};

/** Kept for as long as the process runs: devices whose entry is collected as garbage end the process. */
const entries = new Map<string, GPU>();

/**
 * Opens a device, with whatever the library writes to standard error about drivers it does not find. Never rejects.
 *
 * @param folder that of the copied package
 * @param flags Dawn's own, see its README
 */
export async function openDawn(
  folder: string,
  of: DawnProcess = thisProcess,
  flags: readonly string[] = [],
): Promise<OpenedGpu> {
  if (of.isElectron) {
    const because = 'this process is Electron, in which Dawn cannot run; set unroll.trainer.runtime to a Node';
    return { kind: 'none', because };
  }
  try {
    const entry = entries.get(folder) ?? (await load(folder, flags));
    entries.set(folder, entry);
    const opened = await openGpu(entry);
    return opened.kind === 'none' ? { kind: 'none', because: opened.because + missingLoader(of) } : opened;
  } catch (error) {
    return { kind: 'none', because: whyNotLoaded(error instanceof Error ? error.message : String(error), of) };
  }
}

async function load(folder: string, flags: readonly string[]): Promise<GPU> {
  const { create, globals }: DawnModule = await import(pathToFileURL(join(folder, 'index.js')).href);
  Object.assign(globalThis, globals);
  return create(flags);
}

/** From what the system's loader says of a library that it refuses. */
export function whyNotLoaded(message: string, { platform, architecture }: DawnProcess): string {
  const [, glibc] = /GLIBC_([\d.]+)' not found/.exec(message) ?? [];
  if (glibc !== undefined) return `WebGPU needs glibc ${glibc} or later, which this system does not have`;
  if (/ld-linux|musl|_dl_|symbol not found/i.test(message) && platform === 'linux') {
    return 'WebGPU needs a Linux with glibc, which this system is not';
  }
  if (/cannot find (module|package)|no such file|ENOENT/i.test(message)) {
    return `this build of Unroll has no WebGPU for ${platform} on ${architecture}`;
  }
  return `WebGPU could not be loaded (${message.split('\n')[0]})`;
}

const loaderName = 'libvulkan.so.1';
const linuxLibraries = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/lib64',
  '/lib',
];

/** Drivers of Linux are reached through a library that not every system comes with. */
function missingLoader({ platform, environment }: DawnProcess): string {
  if (platform !== 'linux') return '';
  const folders = [...(environment['LD_LIBRARY_PATH']?.split(':') ?? []), ...linuxLibraries];
  return folders.some((folder) => existsSync(join(folder, loaderName)))
    ? ''
    : `; ${loaderName}, through which it reaches one, is not among this system's libraries (package libvulkan1 or vulkan-loader)`;
}
