/** The shape of `vscode.l10n.t`, so that files which know nothing of the editor can still speak the user's language. */

/** Gives the text in the user's language, with `{0}`, `{1}`, … replaced by the arguments. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Leaves the language as it is: for tests, and wherever there is no editor. */
export const untranslated: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (placeholder, index) => String(args[Number(index)] ?? placeholder));
