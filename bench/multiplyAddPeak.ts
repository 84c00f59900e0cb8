/**
 * How many floating-point operations a second this machine's 128-bit multiply-add can do: a WebAssembly function, put together
 * here byte by byte, of nothing but those. What matrix products are measured against.
 */

/** Chains that do not wait for one another: more than two units with a latency of four cycles need. */
const chains = 12;
/** Rounds of all chains in a turn of the loop, so that counting them costs nothing. */
const unrolled = 8;
const lanes = 4;

/** Operations a second, a multiply-add counted as two. Null where this JavaScript engine has no relaxed SIMD. */
export function multiplyAddPeak(seconds: number): number | null {
  const bytes = moduleBytes();
  if (!WebAssembly.validate(bytes)) return null;
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  }).exports;
  if (typeof run !== 'function') throw new Error('the module exports its function');
  const turns = 20_000;
  const operations = turns * unrolled * chains * lanes * 2;
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    run(turns);
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < end);
  return operations / (best / 1000);
}

/** `run(turns: i32) → f32`: local 0 counts, locals 1 and 2 are the factor and the addend, the others the chains. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const firstChain = 3;
  const chainLocals = Array.from({ length: chains }, (_, index) => firstChain + index);
  const code = [
    ...[...constantOf(0.999), ...setLocal(1), ...constantOf(0.001), ...setLocal(2)],
    ...chainLocals.flatMap((local, index) => [...constantOf(index), ...setLocal(local)]),
    ...[loop, ...Array.from({ length: unrolled }, () => chainLocals.flatMap(step)).flat()],
    ...[...getLocal(0), 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, end],
    // Everything is used, so nothing is left out.
    ...getLocal(firstChain),
    ...chainLocals.slice(1).flatMap((local) => [...getLocal(local), ...addition]),
    ...[...extractLane, end],
  ].flat();
  const body = [0x01, ...leb(2 + chains), 0x7b, ...code];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(0x01, [0x01, 0x60, 0x01, 0x7f, 0x01, 0x7d]),
    ...section(0x03, [0x01, 0x00]),
    ...section(0x07, [0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00]),
    ...section(0x0a, [0x01, ...leb(body.length), ...body]),
  );
}

const loop = [0x03, 0x40] as const;
const end = 0x0b;
const addition = [0xfd, 0xe4, 0x01] as const;
const extractLane = [0xfd, 0x1f, 0x00] as const;

/** `chain = relaxed_madd(chain, factor, addend)`. */
function step(chain: number): number[] {
  return [...getLocal(chain), ...getLocal(1), ...getLocal(2), 0xfd, 0x85, 0x02, ...setLocal(chain)];
}

function getLocal(index: number): number[] {
  return [0x20, ...leb(index)];
}

function setLocal(index: number): number[] {
  return [0x21, ...leb(index)];
}

/** A vector of four equal floats. */
function constantOf(value: number): number[] {
  return [0xfd, 0x0c, ...new Uint8Array(new Float32Array(lanes).fill(value).buffer)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

/** An unsigned number in LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
