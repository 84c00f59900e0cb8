/** The licences of what the bundles contain: a list that the package carries, as those licences ask. Node builtins only. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { inProject } from './project.mjs';

/**
 * @typedef {object} BundledPackage
 * @property {string} name
 * @property {string} version
 * @property {string} license SPDX expression
 * @property {string} licenseText empty when the package brings no file of it
 */

/**
 * The npm packages whose files went into bundles.
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {readonly string[]} copied packages of which files are copied unbundled
 * @returns {Promise<BundledPackage[]>} in order of name
 */
export async function bundledPackages(metafiles, copied) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const names = inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return Promise.all([...new Set([...names, ...copied])].sort().map(describePackage));
}

/** @param {string} name @returns {Promise<BundledPackage>} */
async function describePackage(name) {
  const folder = inProject('node_modules', name);
  const { version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const file = existsSync(folder) && (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  return { name, version, license, licenseText: file ? await readFile(`${folder}/${file}`, 'utf8') : '' };
}

/** As CC BY 4.0 asks of whoever gives the pictures on; `samples/DATA.md` says more. */
const digitsNotice = `digits.npz (CC-BY-4.0)

Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository,
https://doi.org/10.24432/C50P49, by way of scikit-learn; written as bytes, otherwise unchanged.
Licence: https://creativecommons.org/licenses/by/4.0/
`;

/** @param {readonly BundledPackage[]} packages @returns {string} the text of the notices file */
export function noticesText(packages) {
  const rule = '='.repeat(80);
  const entries = packages.map(
    ({ name, version, license, licenseText }) => `${rule}\n${name} ${version} (${license})\n\n${licenseText.trim()}\n`,
  );
  return `Unroll contains the following packages under their own licences.\n\n${entries.join('\n')}\n${rule}\n${digitsNotice}`;
}
