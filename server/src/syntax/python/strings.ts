/** The value of a Python string literal. */

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** Decodes a literal as written, prefix and quotes included. Raw strings keep their backslashes. */
export function decodeString(literal: string): string {
  const opening = /^([a-z]*)("""|'''|"|')/i.exec(literal);
  if (opening === null) return literal;
  const [whole, prefix = '', quote = '"'] = opening;
  const isClosed = literal.length >= whole.length + quote.length && literal.endsWith(quote);
  // Python reads every line end as one newline.
  const body = literal.slice(whole.length, isClosed ? -quote.length : undefined).replace(/\r\n?/g, '\n');
  if (/r/i.test(prefix)) return body;
  return body.replace(
    /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\s\S])/g,
    (written, sequence: string) => {
      if (/^[xuU]./.test(sequence)) return fromCode(Number.parseInt(sequence.slice(1), 16), written);
      if (/^[0-7]+$/.test(sequence)) return fromCode(Number.parseInt(sequence, 8), written);
      return simpleEscapes[sequence] ?? written;
    },
  );
}

function fromCode(code: number, written: string): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : written;
}

/** A named character (`\\N{BULLET}`) needs Unicode's names, which are not here: such a text is not known. */
export function hasNamedCharacter(literal: string): boolean {
  return /^[^'"r]*['"]/i.test(literal) && /(^|[^\\])(\\\\)*\\N\{/.test(literal);
}
