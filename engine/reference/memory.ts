/** Reading and adding to the arena of the reference backend. */

/** A number of the arena. Outside of it there is NaN, which training reports, where a zero would hide the mistake. */
export function load(memory: Float64Array, index: number): number {
  return memory[index] ?? Number.NaN;
}

export function addAt(memory: Float64Array, index: number, value: number): void {
  memory[index] = load(memory, index) + value;
}
