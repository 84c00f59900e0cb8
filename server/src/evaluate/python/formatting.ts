/** Texts made from values: `f"{n:02d}"`, `"…".format(n)` and `"…%d" % n`, as layers are named in loops. */
import { integerOf } from '../../../../model/expression';
import { type CallArguments, describe, text, unknown, type Value } from '../values';

/** What `str(value)` gives; undefined when it is not known. */
export function plainText(value: Value): string | undefined {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'none':
    case 'boolean':
      return describe(value);
    case 'integer': {
      const number = integerOf(value.value);
      return number === undefined ? undefined : String(number);
    }
    case 'float':
      return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
    default:
      return undefined;
  }
}

/** A value under a format specification; of these, widths of integers are followed (`02d`, `3`, `d`). */
export function formatted(value: Value, specification: string): string | undefined {
  if (specification === '' || specification === 's') return plainText(value);
  const [, zero, width = '0', type] = /^(0?)(\d*)(d?)$/.exec(specification) ?? [];
  const written = value.kind === 'integer' && type !== undefined ? plainText(value) : undefined;
  return written?.padStart(Number(width), zero === '0' ? '0' : ' ');
}

/** `template.format(…)` with positional, numbered and named fields. */
export function formatText(template: string, { positional, keywords, isOpen }: CallArguments): Value {
  const open = unknown('a formatted text that is not known');
  if (isOpen) return open;
  let next = 0;
  let isKnown = true;
  const result = template.replace(
    /\{\{|\}\}|\{(\w*)(?::([^{}]*))?\}/g,
    (whole, field: string | undefined, specification = '') => {
      if (whole === '{{' || whole === '}}') return whole.slice(1);
      const value =
        field === undefined || field === ''
          ? positional[next++]
          : /^\d+$/.test(field)
            ? positional[Number(field)]
            : keywords.get(field);
      const written = value === undefined ? undefined : formatted(value, specification);
      if (written === undefined) isKnown = false;
      return written ?? '';
    },
  );
  return isKnown && !/[{}]/.test(template.replace(/\{\{|\}\}|\{\w*(?::[^{}]*)?\}/g, '')) ? text(result) : open;
}

/** `template % values`; undefined where it is not followed. */
export function percentText(template: string, operand: Value): Value | undefined {
  const values = operand.kind === 'tuple' ? [...operand.items] : [operand];
  let isKnown = true;
  const result = template.replace(/%(%|0?\d*[ds])/g, (_, specification: string) => {
    if (specification === '%') return '%';
    const value = values.shift();
    const plain = specification.endsWith('s') ? specification.slice(0, -1) : specification;
    const written = value === undefined ? undefined : formatted(value, plain);
    if (written === undefined) isKnown = false;
    return written ?? '';
  });
  const isFollowed = !/%/.test(template.replace(/%(%|0?\d*[ds])/g, ''));
  return isKnown && isFollowed && values.length === 0 ? text(result) : undefined;
}
