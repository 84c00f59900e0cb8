/** How operations are dealt out to the invocations of a GPU. */

/** Invocations of a workgroup of a kernel that goes through numbers one by one: what every adapter can have. */
const invocations = 256;
/** Of a grid, in each dimension, on every adapter. Kernels go on where a grid ends. */
export const maxWorkgroups = 65_535;

/** Workgroups for so many numbers. */
export function workgroupsOf(length: number): [number] {
  return [Math.min(maxWorkgroups, Math.ceil(length / invocations))];
}

/** How many parts work is split into along a dimension that every part sums over, and how much of it each takes. */
export interface Parts {
  readonly count: number;
  readonly length: number;
}

/**
 * Splits a dimension where what else can be computed side by side does not fill a GPU.
 *
 * @param workgroups that there are without splitting
 * @param leastLength that a part is worth
 * @param multiple every part but the last is a multiple of so many
 * @param mostParts that there is room for
 */
export function splitParts(
  length: number,
  {
    workgroups,
    leastLength,
    multiple,
    mostParts,
  }: {
    readonly workgroups: number;
    readonly leastLength: number;
    readonly multiple: number;
    readonly mostParts: number;
  },
): Parts {
  const wanted = Math.min(Math.ceil(fillingWorkgroups / workgroups), Math.floor(length / leastLength), mostParts);
  if (wanted <= 1) return { count: 1, length };
  const partLength = Math.ceil(length / wanted / multiple) * multiple;
  return { count: Math.ceil(length / partLength), length: partLength };
}

/** Workgroups that keep a large GPU busy: two for each of some hundred processors. */
const fillingWorkgroups = 256;
