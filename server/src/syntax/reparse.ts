/** Parsing a text again after an edit, keeping what the edit did not touch. */
import { type ChangedRange, type Parser, type Tree, TreeFragment } from '@lezer/common';

export interface ParsedText {
  readonly text: string;
  readonly tree: Tree;
  /** Where the parser had to recover, in order. */
  readonly recoveries: readonly number[];
}

/**
 * The tree of `text`, made from that of an earlier version: only what differs, and what depends on it, is parsed.
 *
 * How a parser recovers from an error depends on what stands around it, so statements with errors are always parsed again,
 * together with their neighbours: else what was broken once could stay broken after it is mended elsewhere.
 */
export function reparse(parser: Parser, text: string, earlier: ParsedText | undefined): Tree {
  // A text that was not read has an empty tree.
  if (earlier === undefined || earlier.tree.length === 0) return parser.parse(text);
  if (earlier.text === text) return earlier.tree;
  const edit = changeBetween(earlier.text, text);
  const changes = changesAround(edit, brokenStatements(earlier));
  return parser.parse(text, TreeFragment.applyChanges(TreeFragment.addTree(earlier.tree), changes));
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Statements of the outermost level that hold errors, each with the statement before and after it, in order. */
function brokenStatements({ tree, recoveries }: ParsedText): readonly Range[] {
  return recoveries.map((at) => {
    const before = tree.topNode.childBefore(at);
    const after = tree.topNode.childAfter(at);
    return {
      from: before?.prevSibling?.from ?? before?.from ?? 0,
      to: after?.nextSibling?.to ?? after?.to ?? tree.length,
    };
  });
}

/** The edit and stretches of the text before it that count as changed, in order and apart from each other. */
function changesAround(edit: ChangedRange, stretches: readonly Range[]): readonly ChangedRange[] {
  const grown = edit.toB - edit.toA;
  const ranges = [{ from: edit.fromA, to: edit.toA }, ...stretches].sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged.map(({ from, to }) => ({
    fromA: from,
    toA: to,
    fromB: from > edit.fromA ? from + grown : from,
    toB: to >= edit.toA ? to + grown : to,
  }));
}

/** Characters that are compared at once. */
const block = 1024;

/** The one stretch that differs between two texts, by what they share at both ends. */
function changeBetween(before: string, after: string): ChangedRange {
  const shorter = Math.min(before.length, after.length);
  // Texts are long and changes short: whole blocks are compared before single characters.
  let start = 0;
  while (start + block <= shorter && before.startsWith(after.slice(start, start + block), start)) start += block;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let end = 0;
  while (
    end + block <= shorter - start &&
    before.endsWith(after.slice(after.length - end - block, after.length - end), before.length - end)
  ) {
    end += block;
  }
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end++;
  }
  return { fromA: start, toA: before.length - end, fromB: start, toB: after.length - end };
}
