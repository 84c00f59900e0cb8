/** How every request about a document is answered: with an analysis at hand, bounded by cancellation, never by a crash. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { DocumentAnalysis } from './analyses';
import type { SourceDocument } from './openDocuments';

/** What answering takes of the server. */
export interface AnswerContext {
  readonly documents: { get(uri: string): SourceDocument | undefined };
  readonly analyses: { of(document: SourceDocument): Promise<DocumentAnalysis | null> };
  readonly log: (message: string) => void;
}

interface DocumentParams {
  readonly textDocument: { readonly uri: string };
}

type Handler<Params, Result> = (
  document: SourceDocument,
  analysis: DocumentAnalysis,
  params: Params,
) => Result | Promise<Result>;

/**
 * Makes a request handler out of one that wants an analysed document. Documents of no interest get `empty`, and so does a
 * request whose handler fails; the failure is logged. A request that was cancelled in the meantime, or whose document has
 * changed while it was being answered, is answered as cancelled or outdated, so that nothing stale is shown; before the
 * analysis too, so that nothing is analysed for an answer that nobody waits for.
 */
export function answering(context: AnswerContext) {
  return <Params extends DocumentParams, Empty, Result>(empty: Empty, handler: Handler<Params, Result>) =>
    async (params: Params, token: CancellationToken): Promise<Result | Empty | ResponseError<void>> => {
      const document = context.documents.get(params.textDocument.uri);
      if (document === undefined) return empty;
      const { version } = document;
      const overtaken = (): ResponseError<void> | null => {
        if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
        if (document.version !== version) return new ResponseError(LSPErrorCodes.ContentModified, 'content modified');
        return null;
      };
      try {
        await arrivedMessages();
        const before = overtaken();
        if (before !== null) return before;
        const analysis = await context.analyses.of(document);
        if (analysis === null) return empty;
        const result = await handler(document, analysis, params);
        return overtaken() ?? result;
      } catch (error) {
        context.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return empty;
      }
    };
}

/** Lets messages be read that have arrived already, a cancellation or an edit among them. */
export function arrivedMessages(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
