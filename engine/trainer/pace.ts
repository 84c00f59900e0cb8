/** How many pieces of work go to a device at once, so that it is asked rarely and yet answers soon. */

export interface Pace {
  /** Pieces to give it next. */
  readonly count: number;
  /** That so many pieces, as many as it was given at once, took so long. */
  took(pieces: number, ms: number): void;
}

/** Starts at one piece and comes to as many as fit in the stretch of time; never more than `most`. */
export function createPace(stretchMs: number, most: number): Pace {
  let count = 1;
  return {
    get count() {
      return count;
    },
    took: (pieces, ms) => {
      // Fewer than were planned take longer each; they show no more than that even they are too many.
      if (pieces < count && ms < stretchMs) return;
      const fitting = Math.floor((pieces * stretchMs) / Math.max(ms, 0.01));
      count = Math.max(1, Math.min(2 * count, fitting, most));
    },
  };
}
