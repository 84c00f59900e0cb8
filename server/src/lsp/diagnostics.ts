/** Diagnostics: pulled by clients that can, pushed after each change to those that cannot. */
import {
  type Diagnostic,
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding, Severity } from '../advice/rule';
import { arrivedMessages } from './answer';
import { attempt } from './attempt';
import type { SourceDocument } from './openDocuments';
import { rangeOf } from './ranges';
import { rulePageUri } from './rulePages';
import type { ServerContext } from './server';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function diagnosticOf(document: SourceDocument, { code, severity, location, message }: Finding): Diagnostic {
  const range = rangeOf(document, location);
  const href = rulePageUri(code);
  const page = href === null ? {} : { codeDescription: { href } };
  return { range, severity: severities[severity], code, ...page, source: 'unroll', message };
}

async function diagnosticsOf({ documents, analyses }: ServerContext, uri: string): Promise<Diagnostic[]> {
  const document = documents.get(uri);
  if (document === undefined) return [];
  const findings = (await analyses.of(document))?.findings ?? [];
  return findings.filter(({ location }) => document.holds(location)).map((finding) => diagnosticOf(document, finding));
}

export function registerPullDiagnostics(context: ServerContext): void {
  context.connection.languages.diagnostics.on(async ({ textDocument }, token) => {
    await arrivedMessages();
    if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    return { kind: DocumentDiagnosticReportKind.Full, items: await diagnosticsOf(context, textDocument.uri) };
  });
}

/** How long typing must pause before diagnostics are pushed. */
const pauseMs = 150;

/** Gives a way to push those of every open document again, after something around them has changed. */
export function registerPushDiagnostics(
  context: ServerContext,
  textDocuments: TextDocuments<TextDocument>,
): () => void {
  const pending = new Map<string, NodeJS.Timeout>();
  const { connection, documents, settings, log } = context;
  const push = async (uri: string, diagnostics: Diagnostic[] | Promise<Diagnostic[]>): Promise<void> =>
    connection.sendDiagnostics({ uri, diagnostics: await diagnostics });
  const pushProgram = (uri: string): void => {
    pending.delete(uri);
    const document = documents.get(uri);
    // What is set in one cell of a notebook shows in others.
    const parts = document === undefined ? [] : documents.partsOf(document);
    for (const part of parts) attempt(log, 'Sending diagnostics', push(part.uri, diagnosticsOf(context, part.uri)));
  };
  const pushSoon = (uri: string): void => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => pushProgram(uri), pauseMs),
    );
  };
  textDocuments.onDidChangeContent(({ document: { uri } }) => pushSoon(uri));
  const pushAll = (): void => {
    for (const uri of textDocuments.keys()) pushSoon(uri);
  };
  // Sizes that the settings supply may have changed.
  settings.onChange(pushAll);
  textDocuments.onDidClose(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.delete(uri);
    attempt(log, 'Sending diagnostics', push(uri, []));
  });
  return pushAll;
}
