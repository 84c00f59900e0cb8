/** IPython's additions to Python, made into Python that says as much of the program and moves no character. */

/** Cell magics whose cell is ordinary Python run in the notebook's own process. */
const pythonCellMagics: ReadonlySet<string> = new Set(['capture', 'prun', 'time', 'timeit', 'debug']);

const cellMagic = /^(?:[ \t]*\n)*[ \t]*%%(\w+)/;
/** A line that belongs to IPython: `%magic`, `!command`, `?name`, `name?`, `name??`. */
const ownLine = /[ \t]*(?:[%!?].*|[\w.]+\?{1,2}[ \t]*$)/my;
/** `%time statement`, which runs the statement. */
const timedStatement = /[ \t]*%time[ \t]+(?=[\w.])/y;
/** `name = %magic` or `name = !command`: the value is only known when it runs. */
const assignedMagic = /([ \t]*[\w.,[\]'" \t]+=[ \t]*)[%!].*/y;

/**
 * The cell as Python of the same length, every line at its place: lines of IPython's own become statements without effect,
 * what a magic or a command gives becomes a name that nothing sets, non-breaking spaces between words become spaces. A cell
 * in another language (`%%bash`) becomes comments.
 */
export function withoutMagics(cell: string): string {
  const magic = cellMagic.exec(cell)?.[1];
  if (magic !== undefined && !pythonCellMagics.has(magic)) return cell.replace(/^./gm, '#');
  const parts: string[] = [];
  let depth = 0;
  let offset = 0;
  let isLineStart = true;
  const take = (length: number, replaced: (part: string) => string = (part) => part): void => {
    parts.push(replaced(cell.slice(offset, offset + length)));
    offset += length;
  };
  while (offset < cell.length) {
    if (isLineStart && depth === 0) {
      isLineStart = false;
      const timed = matchAt(timedStatement, cell, offset);
      if (timed !== null) {
        take(timed[0].length, (part) => part.replace(/%time([ \t]+)$/, '0   ;$1'));
        continue;
      }
      const own = matchAt(ownLine, cell, offset);
      if (own !== null) {
        take(continuedLength(cell, offset, own[0].length), withoutEffect);
        continue;
      }
      const assigned = matchAt(assignedMagic, cell, offset);
      if (assigned !== null) {
        const [whole, target = ''] = assigned;
        take(target.length);
        take(continuedLength(cell, offset, whole.length - target.length), notKnown);
        continue;
      }
    }
    const token = matchAt(pythonToken, cell, offset)?.[0] ?? '\u0000';
    if (/^[([{]$/.test(token)) depth += 1;
    else if (/^[)\]}]$/.test(token)) depth = Math.max(0, depth - 1);
    isLineStart = token === '\n';
    take(token.length, (part) => (part === '\u00A0' ? ' ' : part));
  }
  return parts.join('');
}

/** What must not be looked into: strings, comments, continued lines; else a single character. */
const pythonToken =
  /"""(?:\\[\s\S]|(?!""")[\s\S])*(?:""")?|'''(?:\\[\s\S]|(?!''')[\s\S])*(?:''')?|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|#.*|\\\r?\n|[\s\S]/y;

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** A command goes on in the next line after a backslash. */
function continuedLength(text: string, from: number, length: number): number {
  let to = from + length;
  while (/\\\r?$/.test(text.slice(from, to)) && text[to] === '\n') {
    const end = text.indexOf('\n', to + 1);
    to = end === -1 ? text.length : end;
  }
  return to - from;
}

/** `0#…`: a statement, since it may be the only one of its block. Lines that continue it become comments. */
function withoutEffect(lines: string): string {
  return commentedFrom(lines.replace(/\S\S?/, (start) => (start.length === 1 ? '0' : '0#')));
}

/** What a name gives that nothing sets: a value that takes the name it is assigned to. */
function notKnown(lines: string): string {
  if (lines.length < 4) return '__'.padEnd(lines.length);
  return commentedFrom(lines.replace(/^(.{4}).?/, (start) => '__()#'.slice(0, start.length)));
}

function commentedFrom(lines: string): string {
  return lines.replace(/\n./g, '\n#');
}
