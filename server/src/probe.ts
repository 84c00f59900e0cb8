/** A cheap look at a text: is it worth analysing at all? */

const frameworkNames = /\b(?:keras|tensorflow|torch|flax)\b/;

/** Whether the text names a framework. Most Python files do not, and then nothing more is done with them. */
export function mentionsFramework(text: string): boolean {
  return frameworkNames.test(text);
}
