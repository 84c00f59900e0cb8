/** Findings as SARIF 2.1.0, which code-scanning services read. */
import { pathToFileURL } from 'node:url';
import type { Severity } from '../advice/rule';
import { rules } from '../advice/rules/registry';
import type { FileDocument, FindingDocument } from './analysisDocument';

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
          findings.map((finding) => ({
            ruleId: finding.code,
            level: levels[finding.severity],
            message: { text: withoutLinks(finding.message) },
            locations: [locationOf(path, finding)],
          })),
        ),
      },
    ],
  };
}

/** A notebook's file has no line of its own for a line of a cell: the cell is named instead of a region. */
function locationOf(path: string, { line, column, cell }: FindingDocument): object {
  const artifactLocation = { uri: uriOf(path) };
  if (cell === undefined)
    return { physicalLocation: { artifactLocation, region: { startLine: line, startColumn: column } } };
  const fullyQualifiedName = `cell ${cell}, line ${line}, column ${column}`;
  return { physicalLocation: { artifactLocation }, logicalLocations: [{ name: `cell ${cell}`, fullyQualifiedName }] };
}

/** `[text](target)` in a plain message would be shown as a link (SARIF 2.1.0, 3.11.6); messages quote sources. */
function withoutLinks(message: string): string {
  return message.replaceAll('](', '\\](');
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
  return slashed.startsWith('/') || /^[a-z]:/i.test(slashed)
    ? pathToFileURL(path).href
    : slashed.split('/').map(encodeURIComponent).join('/');
}
