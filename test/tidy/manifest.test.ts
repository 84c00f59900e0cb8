/** package.json against the code: commands, settings and texts that it names exist, and the other way round. */
import { expect, test } from 'vitest';
import { commandIds } from '../../client/src/commandIds';
import { languageIds } from '../../client/src/languages';
import { settingDefaults } from '../../client/src/settingDefaults';
import { publishedDevices, thisMachineId } from '../../model/time/devices';
import { ruleProperties } from '../../server/src/advice/ruleSettings';
import { rules } from '../../server/src/advice/rules/registry';
import { readProjectFile } from './projectFiles';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly default: unknown;
            readonly scope?: string;
            readonly markdownDescription?: string;
            readonly properties?: Readonly<Record<string, unknown>>;
          }
        >
      >;
    };
  };
}

const manifestText = readProjectFile('package.json');
const { activationEvents, contributes }: Manifest = JSON.parse(manifestText);
const texts: Readonly<Record<string, string>> = JSON.parse(readProjectFile('package.nls.json'));
const properties = contributes.configuration.properties;

test('every command is contributed, and every contributed command is implemented', () => {
  expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(commandIds).sort());
});

test('the extension is activated by the languages that it sends to its server', () => {
  const named = activationEvents.filter((event) => event.startsWith('onLanguage:'));
  expect(named.sort()).toEqual(languageIds.map((language) => `onLanguage:${language}`).sort());
});

test('menus name commands that exist', () => {
  const ids: readonly string[] = Object.values(commandIds);
  const named = Object.values(contributes.menus).flat();
  expect(named.map(({ command }) => command).filter((command) => !ids.includes(command))).toEqual([]);
});

test.each(Object.entries(settingDefaults))('the default of unroll.%s is the same in the code', (name, value) => {
  expect(properties[`unroll.${name}`]?.default).toEqual(value);
});

test.each(Object.entries(properties))('%s has a description, a scope and a default', (_name, property) => {
  expect(property).toMatchObject({ markdownDescription: expect.any(String), scope: expect.any(String) });
  expect(property.default).toBeDefined();
});

test('every placeholder of package.json has its text, and every text its placeholder', () => {
  const placeholders = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
  expect([...new Set(placeholders)].sort()).toEqual(Object.keys(texts).sort());
});

test('settings that a description links to exist', () => {
  const linked = Object.values(texts).flatMap((text) =>
    [...text.matchAll(/`#(unroll\.[^#]+)#`/g)].map(([, name]) => name),
  );
  expect(linked.filter((name) => name === undefined || !(name in properties))).toEqual([]);
});

test('unroll.rules offers every rule (else: npm run docs:rules)', () => {
  expect(properties['unroll.rules']?.properties).toEqual(ruleProperties(rules));
});

test('unroll.budgets offers every device', () => {
  expect(properties['unroll.budgets']?.properties?.['device']).toMatchObject({
    examples: [thisMachineId, ...publishedDevices.map(({ id }) => id)],
  });
});
