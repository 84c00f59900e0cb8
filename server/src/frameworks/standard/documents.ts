/** JSON and YAML documents as values of the program that reads them. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml';
import { fromJson } from '../../evaluate/json';
import {
  boolean,
  type DictionaryValue,
  dictionary,
  float,
  keyOf,
  list,
  none,
  number,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';

/** Values that one document may give; aliases can make a small text a large document. */
const mostValues = 20_000;
/** What is nested deeper leads back to itself. */
const deepest = 100;

/** Undefined for what is no JSON. */
export function valueOfJson(source: string): Value | undefined {
  try {
    return fromJson(JSON.parse(source));
  } catch {
    return undefined;
  }
}

/** One YAML document as PyYAML reads it, which is version 1.1; undefined for what is none, or several. */
export function valueOfYaml(source: string): Value | undefined {
  const document = parseDocument(source, { version: '1.1', merge: true, uniqueKeys: false });
  if (document.errors.length > 0) return undefined;
  const converted: Progress = { count: 0, depth: 0 };
  return fromNode(document.contents, document, converted) ?? undefined;
}

interface Progress {
  /** Values made so far. */
  count: number;
  /** How deep the present one lies. */
  depth: number;
}

/** Undefined when the document gives more values than are followed. */
function fromNode(node: unknown, document: Document, converted: Progress): Value | undefined {
  converted.count += 1;
  converted.depth += 1;
  const isWithinBounds = converted.count <= mostValues && converted.depth <= deepest;
  const value = isWithinBounds ? fromOwn(node, document, converted) : undefined;
  converted.depth -= 1;
  return value;
}

function fromOwn(node: unknown, document: Document, converted: Progress): Value | undefined {
  if (node === null) return none;
  if (isAlias(node)) return fromNode(node.resolve(document) ?? null, document, converted);
  if (isScalar(node)) return fromScalar(node.value, node.source);
  if (isSeq(node)) {
    const items = node.items.map((item) => fromNode(item, document, converted));
    if (!items.every((item) => item !== undefined)) return undefined;
    if (hasOwnTag(node))
      return node.tag?.endsWith('python/tuple') ? tuple(items) : unknown(`a ${node.tag} of a document`);
    return list(items);
  }
  if (!isMap(node)) return undefined;
  return hasOwnTag(node) ? unknown(`a ${node.tag} of a document`) : fromMap(node, document, converted);
}

function hasOwnTag(node: Node): boolean {
  return node.tag !== undefined && !/^tag:yaml\.org,2002:(?:map|seq|omap)$/.test(node.tag);
}

function fromMap(map: YAMLMap, document: Document, converted: Progress): Value | undefined {
  const result = dictionary();
  const merged: DictionaryValue[] = [];
  for (const pair of map.items) {
    const key = fromNode(pair.key, document, converted);
    const value = fromNode(pair.value, document, converted);
    if (key === undefined || value === undefined) return undefined;
    if (isScalar(pair.key) && pair.key.source === '<<') {
      const sources = value.kind === 'list' ? value.items : [value];
      merged.push(...sources.filter((source) => source.kind === 'dictionary'));
      continue;
    }
    const name = keyOf(key);
    if (name === undefined) result.isOpen.value = true;
    else result.entries.set(name, { key, value });
  }
  // What a map says itself wins over what it takes over, and that over what it takes over later.
  for (const { entries } of merged) {
    for (const [name, entry] of entries) if (!result.entries.has(name)) result.entries.set(name, entry);
  }
  return result;
}

function fromScalar(value: unknown, source: string | undefined): Value {
  switch (typeof value) {
    case 'boolean':
      // Version 1.1 has `y` and `n` for truth values, PyYAML has not.
      return source !== undefined && /^[yn]$/i.test(source) ? text(source) : boolean(value);
    case 'string':
      return text(value);
    case 'number':
      return source !== undefined && /[.]|^[-+]?\d+e/i.test(source) ? float(value) : number(value);
    default:
      return value === null ? none : unknown('a value of a document that is not followed');
  }
}
