/** Entry of the language server's process: over standard streams with `--stdio`, over Node's IPC with `--node-ipc`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server';

startServer(createConnection(ProposedFeatures.all));
