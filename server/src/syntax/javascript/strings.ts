/** The value of a JavaScript string literal, or of the text of a template string. */

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
};

/** Decodes a quoted literal as written. */
export function decodeLiteral(literal: string): string {
  const isClosed = literal.length > 1 && literal.at(-1) === literal[0];
  return decodeEscapes(literal.slice(1, isClosed ? -1 : undefined));
}

/** Decodes the escapes of a text without its quotes. */
export function decodeEscapes(text: string): string {
  return text.replace(/\\(x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]{1,6}\}|[\s\S])/gi, (written, sequence: string) => {
    if (sequence.length > 1) {
      const code = Number.parseInt(sequence.replace(/[xu{}]/gi, ''), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : written;
    }
    return simpleEscapes[sequence] ?? sequence;
  });
}
