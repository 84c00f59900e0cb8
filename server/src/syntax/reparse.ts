/** Parsing a text again after an edit, keeping what the edit did not touch. */
import { type Parser, type Tree, TreeFragment } from '@lezer/common';

export interface ParsedText {
  readonly text: string;
  readonly tree: Tree;
}

/** The tree of `text`, made from that of an earlier version: only what differs, and what depends on it, is parsed. */
export function reparse(parser: Parser, text: string, earlier: ParsedText | undefined): Tree {
  if (earlier === undefined) return parser.parse(text);
  if (earlier.text === text) return earlier.tree;
  const change = changeBetween(earlier.text, text);
  const fragments = TreeFragment.applyChanges(TreeFragment.addTree(earlier.tree), [change]);
  return parser.parse(text, fragments);
}

/** The one stretch that differs between two texts, by what they share at both ends. */
function changeBetween(before: string, after: string): { fromA: number; toA: number; fromB: number; toB: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end++;
  }
  return { fromA: start, toA: before.length - end, fromB: start, toB: after.length - end };
}
