/** Edits of the items of a bracketed list, of Python or JavaScript, that keep its formatting. */
import { lineBreakOf, type TextEdit } from './edits';

export interface ListItem {
  readonly from: number;
  readonly to: number;
}

/** Adds an item at the end of those that there are, on a line of its own where the last has one. */
export function appendItem(text: string, last: ListItem, insert: string): TextEdit {
  const separator = startsItsLine(text, last.from) ? `,${lineBreakOf(text)}${indentationAt(text, last.from)}` : ', ';
  return { from: last.to, to: last.to, insert: `${separator}${insert}` };
}

/**
 * Takes items away with their commas, and their lines where they had lines of their own.
 *
 * @param list the list with its brackets
 * @param items all items of the list in source order
 */
export function removeItems<Item extends ListItem>(
  text: string,
  list: ListItem,
  items: readonly Item[],
  isRemoved: (item: Item) => boolean,
): readonly TextEdit[] {
  const kept = items.filter((item) => !isRemoved(item));
  if (kept.length === items.length) return [];
  if (kept.length === 0) return [{ from: list.from + 1, to: list.to - 1, insert: '' }];
  return items.flatMap((item, index): readonly TextEdit[] => {
    const [previous, next, firstKept] = [items[index - 1], items[index + 1], kept[0]];
    if (!isRemoved(item) || firstKept === undefined) return [];
    if (item.from < firstKept.from) return next === undefined ? [] : [{ from: item.from, to: next.from, insert: '' }];
    return previous === undefined ? [] : [removalAfter(text, previous, item)];
  });
}

function removalAfter(text: string, previous: ListItem, item: ListItem): TextEdit {
  const hasComment = /#|\/[/*]/.test(text.slice(previous.to, item.from));
  if (!hasComment) return { from: previous.to, to: item.to, insert: '' };
  // A comment belongs to the line before: take this item's own stretch and leave the comment where it is.
  const lineStart = text.lastIndexOf('\n', item.from);
  const rest = /^[ \t]*,?/.exec(text.slice(item.to));
  return { from: Math.max(lineStart, previous.to), to: item.to + (rest?.[0].length ?? 0), insert: '' };
}

function startsItsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}

function indentationAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
}
