/** Which files are read, and which frameworks in them, in the words of messages. */
import { isJavaScriptFile, isJsonFile } from '../../../protocol/probe';

export const frameworksRead: readonly string[] = ['Keras', 'TensorFlow', 'TensorFlow.js', 'PyTorch', 'Flax'];

/** Found in folders, they are read. */
export function isModelFile(name: string): boolean {
  if (isJavaScriptFile(name)) return !/\.d\.[cm]?ts$/i.test(name);
  return /\.(?:py|ipynb)$/.test(name) || isJsonFile(name);
}

/** Why a file that was named is not read, by its ending; null where it is. Without an ending it is taken for Python. */
export function whyNotRead(name: string): string | null {
  const ending = /[^./\\]\.([^./\\]+)$/.exec(name)?.[1];
  if (ending === undefined || isModelFile(name) || /^pyw?i?$/i.test(ending)) return null;
  return `${name} is not read: models are read in Python (.py), notebooks (.ipynb), JavaScript and TypeScript (.js, .ts), and Keras' JSON (.json).`;
}
