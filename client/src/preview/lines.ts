/** Cuts a stream of text into lines, however the stream was cut into chunks. */

export interface LineSplitter {
  write(chunk: string): void;
  /** Gives what is left when the stream has ended without a line break. */
  end(): void;
}

/** Calls `onLine` with every line that is not empty, without its line break. */
export function lineSplitter(onLine: (line: string) => void): LineSplitter {
  let rest = '';
  return {
    write(chunk) {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') onLine(line);
    },
    end() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
