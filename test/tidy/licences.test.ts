/** Everything that the package contains may be given on under the project's own licence. */
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { bundles, copiedPackages } from '../../scripts/build.mjs';
import { bundledPackages } from '../../scripts/lib/notices.mjs';

/** Licences that ask for no more than a notice, which `dist/ThirdPartyNotices.txt` gives. CC-BY-4.0 is that of the icons. */
const allowedLicences = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  '0BSD',
  'CC-BY-4.0',
];

test('bundled packages have licences of the allow-list, and bring their texts', async () => {
  const results = await Promise.all(bundles.map((options) => build({ ...options, write: false, metafile: true })));
  const packages = await bundledPackages(
    results.map(({ metafile }) => metafile),
    copiedPackages,
  );
  expect(packages.map(({ name }) => name)).toContain('vscode-languageclient');
  const refused = packages.filter(
    ({ license, licenseText }) => !allowedLicences.includes(license) || licenseText === '',
  );
  expect(refused.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
});
