/** The language server over this process's standard streams, as `unroll language-server --stdio` serves it. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { DeviceProfile } from '../../../model/time/profile';
import { startServer } from './server';

/** @param keptMachine the profile of this machine that the command line has measured, where it has */
export function serveOverStandardStreams(keptMachine: () => Promise<DeviceProfile | null>): void {
  startServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout), keptMachine);
}
