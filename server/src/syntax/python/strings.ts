/** The value of a Python string literal. */

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
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
  const body = literal.slice(whole.length, isClosed ? -quote.length : undefined);
  if (/r/i.test(prefix)) return body;
  return body.replace(/\\(x[\da-f]{2}|u[\da-f]{4}|[\s\S])/gi, (written, sequence: string) => {
    if (/^[xu]./i.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    return simpleEscapes[sequence] ?? written;
  });
}
