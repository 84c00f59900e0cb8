/** Small words for sentences that people read. */
import { isJavaScriptFile } from '../protocol/probe';

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

export function capitalised(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

/** A comment that tells the analyser something, as the language of the file writes it. */
export function directive(file: string, assignments: string): string {
  return `${isJavaScriptFile(file) ? '//' : '#'} unroll: ${assignments}`;
}

/** "1 number", "1,024 steps". */
export function counted(count: number, noun = 'number'): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
