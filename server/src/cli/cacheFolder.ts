/** Where the command line keeps what can be made again. */
import { homedir } from 'node:os';
import path from 'node:path';

/** As each system has it. */
export function cacheFolder(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'unroll');
  switch (platform) {
    case 'win32':
      return path.join(local ?? path.join(home, 'AppData', 'Local'), 'unroll', 'cache');
    case 'darwin':
      return path.join(home, 'Library', 'Caches', 'unroll');
    default:
      return path.join(home, '.cache', 'unroll');
  }
}

/** Of compiled JavaScript, by Node 22 and later; earlier ones compile each time. */
export function compileCacheFolder(): string {
  return path.join(cacheFolder(), 'compiled');
}
