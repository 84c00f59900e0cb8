/** `npm run docs:rules`: writes docs/rules/ anew from the rules' own documentation. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inProject, runMain, say } from './lib/project.mjs';

await runMain(async () => {
  await ensureDependencies();
  const { build } = await import('esbuild');
  const outfile = inProject('.cache', 'docs', 'rules.mjs');
  await build({
    stdin: {
      contents:
        'import { ruleFiles } from "./rulePage"; import { rules } from "./rules/registry"; export const files = ruleFiles(rules);',
      resolveDir: inProject('server', 'src', 'advice'),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  /** @type {{ files: ReadonlyMap<string, string> }} */
  const { files } = await import(pathToFileURL(outfile).href);
  const folder = inProject('docs', 'rules');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (!files.has(name)) await rm(`${folder}/${name}`);
  for (const [name, text] of files) await writeFile(`${folder}/${name}`, text);
  say(`Wrote ${files.size} pages to docs/rules.`);
});
