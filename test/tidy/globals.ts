/** The names of the surroundings that a source file uses: what does input or output without an import. */

const outside =
  /(?<![.\w$])(process|fetch|require|globalThis|XMLHttpRequest|WebSocket|EventSource|Worker|navigator|localStorage|indexedDB|Deno|Bun)\b(?=\s*(?:[.([]|\?\.))/g;

/** Comments and plain strings speak of such names without using them. */
const notCode = /\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;

export function outsideNamesIn(source: string): string[] {
  const code = source.replace(notCode, (match) => (/^['"]/.test(match) ? "''" : ' '));
  return [...new Set([...code.matchAll(outside)].map(([name]) => name))];
}
