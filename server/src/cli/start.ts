/**
 * What `unroll` starts: has Node keep compiled code from one start to the next, which only works for scripts that are loaded
 * afterwards, and loads the program, which is built beside it.
 */
import nodeModule from 'node:module';
import path from 'node:path';
import { compileCacheFolder } from './cacheFolder';

// Node 20 has no such cache.
nodeModule.enableCompileCache?.(compileCacheFolder());
nodeModule.createRequire(__filename)(path.join(__dirname, 'commandLine.js'));
