/** A cheap look at a text: is it worth analysing at all? */

const frameworkNames = /\b(?:keras|tensorflow|torch|flax)\b/;

/** Files of JavaScript and TypeScript, by their ending. */
export function isJavaScriptFile(file: string): boolean {
  return /\.(?:[cm]?[jt]s|[jt]sx)$/i.test(file);
}

export function isJsonFile(file: string): boolean {
  return /\.json$/i.test(file);
}

/** Whether the text names a framework of its file's language. Most files do not, and then nothing more is done with them. */
export function mentionsFramework(file: string, text: string): boolean {
  if (isJsonFile(file)) return /"class_name"\s*:/.test(text) && /"config"\s*:/.test(text);
  return isJavaScriptFile(file) ? mentionsTfjs(text) : frameworkNames.test(text);
}

/** Pages load TensorFlow.js by a `script` element: then the file names only what it uses of it. */
export function mentionsTfjs(text: string): boolean {
  return /tensorflow\/tfjs|\btf\.(?:layers|sequential)\b/.test(text);
}
