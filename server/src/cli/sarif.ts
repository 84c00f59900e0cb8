/** Findings as SARIF 2.1.0, which code-scanning services read. */
import { pathToFileURL } from 'node:url';
import type { Severity } from '../advice/rule';
import { rules } from '../advice/rules/registry';
import type { FileDocument } from './analysisDocument';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

export function sarifDocument(files: readonly FileDocument[], version: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'unroll', version, rules: rules.map(ruleDescriptor) } },
        columnKind: 'utf16CodeUnits',
        results: files.flatMap(({ path, findings }) =>
          findings.map(({ code, severity, line, column, message }) => ({
            ruleId: code,
            level: levels[severity],
            message: { text: message },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uriOf(path) },
                  region: { startLine: line, startColumn: column },
                },
              },
            ],
          })),
        ),
      },
    ],
  };
}

function ruleDescriptor({ code, severity, documentation }: (typeof rules)[number]): object {
  return {
    id: code,
    shortDescription: { text: documentation.title },
    fullDescription: { text: documentation.whyIsThisBad },
    help: {
      text: documentation.whyIsThisBad,
      markdown: `${documentation.whyIsThisBad}\n\nUse instead:\n\n${documentation.useInstead}`,
    },
    defaultConfiguration: { level: levels[severity] },
  };
}

/** Relative paths stay relative, as services want them. */
function uriOf(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  return slashed.startsWith('/') || /^[a-z]:/i.test(slashed) ? pathToFileURL(path).href : encodeURI(slashed);
}
