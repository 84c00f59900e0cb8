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
import type { ServerContext } from './server';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function diagnosticOf(document: SourceDocument, { code, severity, location, message }: Finding): Diagnostic {
  return { range: rangeOf(document, location), severity: severities[severity], code, source: 'unroll', message };
}

function diagnosticsOf({ documents, analyses }: ServerContext, uri: string): Diagnostic[] {
  const document = documents.get(uri);
  const findings = document === undefined ? [] : (analyses.of(document)?.findings ?? []);
  if (document === undefined) return [];
  return findings.filter(({ location }) => document.holds(location)).map((finding) => diagnosticOf(document, finding));
}

export function registerPullDiagnostics(context: ServerContext): void {
  context.connection.languages.diagnostics.on(async ({ textDocument }, token) => {
    await arrivedMessages();
    if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    return { kind: DocumentDiagnosticReportKind.Full, items: diagnosticsOf(context, textDocument.uri) };
  });
}

/** How long typing must pause before diagnostics are pushed. */
const pauseMs = 150;

export function registerPushDiagnostics(context: ServerContext, textDocuments: TextDocuments<TextDocument>): void {
  const pending = new Map<string, NodeJS.Timeout>();
  const { connection, documents, log } = context;
  const push = (uri: string, diagnostics: Diagnostic[]): void =>
    attempt(log, 'Sending diagnostics', connection.sendDiagnostics({ uri, diagnostics }));
  const pushProgram = (uri: string): void => {
    pending.delete(uri);
    const document = documents.get(uri);
    // What is set in one cell of a notebook shows in others.
    const parts = document === undefined ? [] : documents.partsOf(document);
    for (const part of parts) push(part.uri, diagnosticsOf(context, part.uri));
  };
  textDocuments.onDidChangeContent(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => pushProgram(uri), pauseMs),
    );
  });
  textDocuments.onDidClose(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.delete(uri);
    push(uri, []);
  });
}
