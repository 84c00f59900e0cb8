/** What the actions that rewrite a program share: when they are worked out, and what they come to. */
import type { Rewrite } from '../rewrite/edits';
import type { SourceDocument } from './openDocuments';
import type { ServerContext } from './server';

/** Whether the client asks for the edit of an action when it is chosen. */
export function isResolvedLater(context: ServerContext): boolean {
  const capability = context.client().textDocument?.codeAction;
  return capability?.dataSupport === true && capability.resolveSupport?.properties.includes('edit') === true;
}

/** The edits with the document that they were made for. */
export type DocumentRewrite =
  | (Extract<Rewrite, { readonly kind: 'edits' }> & { readonly document: SourceDocument })
  | Extract<Rewrite, { readonly kind: 'refused' }>;
