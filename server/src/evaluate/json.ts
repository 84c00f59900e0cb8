/** JSON documents as values of the program that reads them. */
import { boolean, dictionary, list, none, number, text, type Value } from './values';

/** The value that parsed JSON stands for. */
export function fromJson(data: unknown): Value {
  if (data === null) return none;
  if (typeof data === 'boolean') return boolean(data);
  if (typeof data === 'string') return text(data);
  if (typeof data === 'number') return number(data);
  if (Array.isArray(data)) return list(data.map(fromJson));
  const entries = typeof data === 'object' ? Object.entries(data) : [];
  return dictionary(entries.map(([key, value]) => ({ key: text(key), value: fromJson(value) })));
}
