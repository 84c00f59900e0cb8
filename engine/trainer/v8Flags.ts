/**
 * Two settings of V8 that make the kernels faster, for the process that trains and its workers: to compile them with the
 * optimising compiler at once, since every kernel is used for as long as a run takes, and to join pairs of 128-bit operations
 * into 256-bit ones. The second is an experiment of V8's, so what it gives is timed and checked before it is used
 * (`engine/wasm/tiles.ts`, `engine/selfTest.ts`).
 */
import { setFlagsFromString } from 'node:v8';

/** The first version of V8 that both were tried with; an older one complains of flags it does not know. */
const firstVersion = 13;

/** Before any kernels are compiled. */
export function setV8Flags(): void {
  if (Number.parseInt(process.versions.v8, 10) < firstVersion) return;
  setFlagsFromString('--no-liftoff');
  if (process.arch === 'x64') setFlagsFromString('--experimental-wasm-revectorize');
}

/** For kernels that are compiled later. */
export function stopJoiningVectors(): void {
  setFlagsFromString('--no-experimental-wasm-revectorize');
}
