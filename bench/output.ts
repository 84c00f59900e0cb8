/** What benchmarks print: lines, tables in Markdown, and numbers as tables show them. */

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first column is words, the others are numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** For what could not be measured. */
export const nothing = '–';

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}

/** How many times as fast one is as another. */
export function timesText(ratio: number | null): string {
  return ratio === null ? nothing : `${ratio.toFixed(ratio < 10 ? 2 : 0)}×`;
}

export function millisecondsText(seconds: number | string | undefined): string {
  return typeof seconds === 'number' ? (1000 * seconds).toPrecision(3) : nothing;
}
