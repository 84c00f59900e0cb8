/** Diagnostics: pulled by clients that can, pushed after each change to those that cannot. */
import {
  type Diagnostic,
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding, Severity } from '../advice/rule';
import { arrivedMessages } from './answer';
import { attempt } from './attempt';
import { rangeOf } from './ranges';
import type { ServerContext } from './server';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function diagnosticOf(document: TextDocument, { code, severity, location, message }: Finding): Diagnostic {
  return { range: rangeOf(document, location), severity: severities[severity], code, source: 'unroll', message };
}

function diagnosticsOf({ documents, analyses }: ServerContext, uri: string): Diagnostic[] {
  const document = documents.get(uri);
  const findings = document === undefined ? [] : (analyses.of(document)?.findings ?? []);
  return document === undefined ? [] : findings.map((finding) => diagnosticOf(document, finding));
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

export function registerPushDiagnostics(context: ServerContext): void {
  const pending = new Map<string, NodeJS.Timeout>();
  const { connection, documents, log } = context;
  const push = (uri: string, diagnostics: Diagnostic[]): void =>
    attempt(log, 'Sending diagnostics', connection.sendDiagnostics({ uri, diagnostics }));
  documents.onDidChangeContent(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        push(uri, diagnosticsOf(context, uri));
      }, pauseMs),
    );
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.delete(uri);
    push(uri, []);
  });
}
