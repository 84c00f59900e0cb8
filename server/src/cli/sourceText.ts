/** Bytes of a source file as text, or why they are none. */

export type SourceText =
  | { readonly kind: 'text'; readonly text: string }
  /** `because` goes after the file's name: "is not UTF-8 text". */
  | { readonly kind: 'notText'; readonly because: string };

/**
 * UTF-8 without its byte-order mark, as every editor shows it; another encoding only where a Python file declares one in its
 * first two lines (PEP 263).
 */
export function sourceText(bytes: Uint8Array): SourceText {
  const text = decoded(bytes, 'utf-8') ?? decoded(bytes, declaredEncoding(bytes));
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) return { kind: 'notText', because: 'is UTF-16, not UTF-8 text; save it as UTF-8' };
  if (text === null) return { kind: 'notText', because: 'is not UTF-8 text; save it as UTF-8' };
  if (text.includes('\0')) {
    return { kind: 'notText', because: 'is not UTF-8 text: it holds NUL bytes; save it as UTF-8, or restore it' };
  }
  return { kind: 'text', text };
}

function decoded(bytes: Uint8Array, encoding: string | null): string | null {
  if (encoding === null) return null;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // The bytes are not in that encoding, or there is none of that name.
    return null;
  }
}

/** The encoding in the words of the web: Python's `latin-1` is `latin1` there. */
function declaredEncoding(bytes: Uint8Array): string | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 400)).split('\n', 2).join('\n');
  const name = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/m.exec(start)?.[1];
  return (
    name
      ?.toLowerCase()
      .replaceAll('_', '-')
      .replace(/^latin-/, 'latin') ?? null
  );
}
