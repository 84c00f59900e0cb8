/** The files that the tidy tests read: everything that git keeps or would keep. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { inProject } from '../../scripts/lib/project.mjs';

/** Paths relative to the project's root, with forward slashes. */
export function projectFiles(accept: (path: string) => boolean): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: inProject(),
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && accept(path) && existsSync(inProject(path)));
}

export function readProjectFile(path: string): string {
  return readFileSync(inProject(path), 'utf8');
}
