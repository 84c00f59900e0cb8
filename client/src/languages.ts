/** The languages of documents that may hold models; package.json activates the extension by the same, which a test checks. */

export const languageIds = [
  'python',
  'javascript',
  'javascriptreact',
  'typescript',
  'typescriptreact',
  // Models that are saved.
  'json',
] as const;

/** The documents that are sent to the server; it decides by their text which of them are of interest. */
export const documentSelector: readonly { readonly scheme: string; readonly language: string }[] = [
  ...['file', 'untitled', 'vscode-vfs'].flatMap((scheme) => languageIds.map((language) => ({ scheme, language }))),
  // Cells of notebooks; the notebooks themselves are synchronised as the server asks for.
  { scheme: 'vscode-notebook-cell', language: 'python' },
];

export function mayHoldModels(languageId: string): boolean {
  return languageIds.some((known) => known === languageId);
}
