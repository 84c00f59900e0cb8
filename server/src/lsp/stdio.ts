/** The language server over this process's standard streams, as `unroll language-server --stdio` serves it. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server';

export function serveOverStandardStreams(): void {
  startServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout));
}
