/** Diagnostics: pulled by clients that can, pushed after each change to those that cannot. */
import { type Diagnostic, DiagnosticSeverity, DocumentDiagnosticReportKind } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding, Severity } from '../advice/rule';
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
  context.connection.languages.diagnostics.on(({ textDocument }) => ({
    kind: DocumentDiagnosticReportKind.Full,
    items: diagnosticsOf(context, textDocument.uri),
  }));
}

/** How long typing must pause before diagnostics are pushed. */
const pauseMs = 150;

export function registerPushDiagnostics(context: ServerContext): void {
  const pending = new Map<string, NodeJS.Timeout>();
  const { connection, documents } = context;
  documents.onDidChangeContent(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        void connection.sendDiagnostics({ uri, diagnostics: diagnosticsOf(context, uri) });
      }, pauseMs),
    );
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(pending.get(uri));
    pending.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
}
