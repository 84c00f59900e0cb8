/** `npm run docs:rules`: writes docs/rules/ and the setting `unroll.rules` of package.json anew from the rules themselves. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
        'import { ruleFiles } from "./rulePage"; import { ruleProperties } from "./ruleSettings"; ' +
        'import { rules } from "./rules/registry"; ' +
        'export const files = ruleFiles(rules); export const properties = ruleProperties(rules);',
      resolveDir: inProject('server', 'src', 'advice'),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  /** @type {{ files: ReadonlyMap<string, string>, properties: Readonly<Record<string, unknown>> }} */
  const { files, properties } = await import(pathToFileURL(outfile).href);
  const folder = inProject('docs', 'rules');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (!files.has(name)) await rm(`${folder}/${name}`);
  for (const [name, text] of files) await writeFile(`${folder}/${name}`, text);
  const manifest = JSON.parse(await readFile(inProject('package.json'), 'utf8'));
  manifest.contributes.configuration.properties['unroll.rules'].properties = properties;
  await writeFile(inProject('package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  say(`Wrote ${files.size} pages to docs/rules, and ${Object.keys(properties).length} rules to package.json.`);
});
