/** The languages of documents that may hold models; package.json activates the extension by the same, which a test checks. */

export const languageIds = ['python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact'] as const;

export function mayHoldModels(languageId: string): boolean {
  return languageIds.some((known) => known === languageId);
}
