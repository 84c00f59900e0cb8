/** Gathers what arrives one by one and hands it on at most once a frame. */

/** A frame of a display with 60 Hz. */
const frameMs = 16;

export interface FrameBatch<Item> {
  add(item: Item): void;
  /** Hands on what is waiting, now. */
  flush(): void;
}

export function frameBatch<Item>(onBatch: (items: readonly Item[]) => void): FrameBatch<Item> {
  let waiting: Item[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    onBatch(batch);
  };
  return {
    add(item) {
      waiting.push(item);
      timer ??= setTimeout(flush, frameMs);
    },
    flush,
  };
}
