/** How every request about a document is answered: with an analysis at hand, bounded by cancellation, never by a crash. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { DocumentAnalysis } from './analyses';
import type { ServerContext } from './server';

interface DocumentParams {
  readonly textDocument: { readonly uri: string };
}

type Handler<Params, Result> = (
  document: TextDocument,
  analysis: DocumentAnalysis,
  params: Params,
) => Result | Promise<Result>;

/**
 * Makes a request handler out of one that wants an analysed document. Documents of no interest get `empty`, and so does a
 * request whose handler fails; the failure is logged. A request that was cancelled in the meantime, or whose document has
 * changed while it was being answered, is answered as cancelled or outdated, so that nothing stale is shown.
 */
export function answering(context: ServerContext) {
  return <Params extends DocumentParams, Empty, Result>(empty: Empty, handler: Handler<Params, Result>) =>
    async (params: Params, token: CancellationToken): Promise<Result | Empty | ResponseError<void>> => {
      const document = context.documents.get(params.textDocument.uri);
      if (document === undefined) return empty;
      const { version } = document;
      try {
        const analysis = context.analyses.of(document);
        if (analysis === null) return empty;
        const result = await handler(document, analysis, params);
        if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
        if (document.version !== version) return new ResponseError(LSPErrorCodes.ContentModified, 'content modified');
        return result;
      } catch (error) {
        context.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return empty;
      }
    };
}
