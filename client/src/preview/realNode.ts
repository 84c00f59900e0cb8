/** Which program can reach a GPU: Dawn, the WebGPU of a process, needs a Node that is no Electron. */
import { execFile } from 'node:child_process';

export type RealNode =
  | { readonly kind: 'node'; readonly path: string }
  /** A phrase. */
  | { readonly kind: 'none'; readonly because: string };

const leastVersion = 20;
const deadlineMs = 5_000;

/**
 * The configured runtime if it is a Node, else the program of the extension host where that is one (on remotes and in
 * containers), else the Node that the path leads to.
 */
export async function findRealNode(
  configured: string,
  versionsOf: (program: string) => Promise<NodeJS.ProcessVersions> = askVersions,
): Promise<RealNode> {
  if (configured === '' && process.versions['electron'] === undefined) return { kind: 'node', path: process.execPath };
  const program = configured || 'node';
  let versions: NodeJS.ProcessVersions;
  try {
    versions = await versionsOf(program);
  } catch {
    const where = configured === '' ? 'there is none on the path' : `${configured} does not answer as one`;
    return { kind: 'none', because: `it needs a Node.js of its own, and ${where}` };
  }
  if (versions['electron'] !== undefined)
    return { kind: 'none', because: `${program} is an Electron, which it cannot use` };
  const major = Number.parseInt(versions.node, 10);
  if (major >= leastVersion) return { kind: 'node', path: program };
  return { kind: 'none', because: `it needs Node.js ${leastVersion} or later, and ${program} is ${versions.node}` };
}

function askVersions(program: string): Promise<NodeJS.ProcessVersions> {
  return new Promise((resolve, reject) => {
    const options = { timeout: deadlineMs, windowsHide: true, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } };
    execFile(program, ['-p', 'JSON.stringify(process.versions)'], options, (error, output) => {
      if (error !== null) return reject(error);
      try {
        resolve(JSON.parse(output));
      } catch (unreadable) {
        reject(unreadable);
      }
    });
  });
}
