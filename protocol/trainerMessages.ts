/** Tells what a trainer writes to standard error for people from what the library that reaches GPUs writes there of itself. */

/**
 * Whether a line is for people; to be asked for one after another. Dawn warns of drivers that it does not find, with the place in
 * its source and an empty line after it; whoever asks for a GPU is told in words of ours why there is none.
 */
export function messageFilter(): (line: string) => boolean {
  let isWithinWarning = false;
  return (line) => {
    const isWarning = /^(?:Warning|Info): /.test(line);
    isWithinWarning = isWarning || (isWithinWarning && (/^\s+at .*\(.*\)$/.test(line) || line.trim() === ''));
    return !isWithinWarning;
  };
}
