/** `functools`, `itertools` and `operator` over values that are known. */
import { applyOperator, compare, negative } from '../../evaluate/python/operators';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  list,
  none,
  positionalArguments,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';

type Meaning = (parameters: CallArguments, site: CallSite) => Value | undefined;

/** Items that one call may give. */
const mostItems = 20_000;

/** The items of every argument; undefined when one is not known. */
function columnsOf(values: readonly Value[], site: CallSite): readonly (readonly Value[])[] | undefined {
  const columns = values.map((value) => site.machine.itemsOf(value));
  return columns.every((column) => column !== undefined) ? columns : undefined;
}

function products(columns: readonly (readonly Value[])[]): Value | undefined {
  if (columns.reduce((count, column) => count * column.length, 1) > mostItems) return undefined;
  const rows = columns.reduce<readonly (readonly Value[])[]>(
    (done, column) => done.flatMap((row) => column.map((item) => [...row, item])),
    [[]],
  );
  return list(rows.map((row) => tuple(row)));
}

function folded(callee: Value, items: readonly Value[], start: Value | undefined, site: CallSite): readonly Value[] {
  const results: Value[] = start === undefined ? [] : [start];
  for (const item of items) {
    const held = results.at(-1);
    results.push(held === undefined ? item : site.machine.call(callee, positionalArguments(held, item), site));
  }
  return results;
}

const addition = builtin('add', ({ positional: [left = none, right = none] }) => applyOperator('+', left, right));

const operators: Readonly<Record<string, Parameters<typeof applyOperator>[0]>> = {
  add: '+',
  concat: '+',
  sub: '-',
  mul: '*',
  truediv: '/',
  floordiv: '//',
  mod: '%',
  pow: '**',
};
const comparisons: Readonly<Record<string, Parameters<typeof compare>[0]>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

const meanings: Readonly<Record<string, Meaning>> = {
  'functools.partial': ({ positional: [callee, ...bound], keywords, isOpen }) =>
    callee &&
    builtin('partial', (later, site) =>
      site.machine.call(
        callee,
        {
          positional: [...bound, ...later.positional],
          keywords: new Map([...keywords, ...later.keywords]),
          isOpen: isOpen || later.isOpen,
        },
        site,
      ),
    ),
  'functools.reduce': ({ positional: [callee, source, start] }, site) => {
    const items = source && site.machine.itemsOf(source);
    return callee && items && folded(callee, items, start, site).at(-1);
  },
  'itertools.chain': ({ positional }, site) => {
    const columns = columnsOf(positional, site);
    return columns && list(columns.flat());
  },
  'itertools.chain.from_iterable': ({ positional: [source] }, site) => {
    const items = source && site.machine.itemsOf(source);
    const columns = items && columnsOf(items, site);
    return columns && list(columns.flat());
  },
  'itertools.pairwise': ({ positional: [source] }, site) => {
    const items = source && site.machine.itemsOf(source);
    return items && list(items.slice(1).map((item, index) => tuple([items[index] ?? none, item])));
  },
  'itertools.product': ({ positional, keywords }, site) => {
    const columns = columnsOf(positional, site);
    const times = asNumber(keywords.get('repeat')) ?? (keywords.has('repeat') ? undefined : 1);
    if (columns === undefined || times === undefined || times > 10) return undefined;
    return products(Array.from({ length: times }, () => columns).flat());
  },
  'itertools.repeat': ({ positional: [item, second], keywords }) => {
    const times = asNumber(second ?? keywords.get('times'));
    return item === undefined || times === undefined || times > mostItems
      ? undefined
      : list(Array.from({ length: Math.max(0, times) }, () => item));
  },
  'itertools.accumulate': ({ positional: [source, callee], keywords }, site) => {
    const items = source && site.machine.itemsOf(source);
    return items && list(folded(callee ?? keywords.get('func') ?? addition, items, keywords.get('initial'), site));
  },
  'itertools.islice': ({ positional: [source, ...bounds] }, site) => {
    const items = source && site.machine.itemsOf(source);
    const numbers = bounds.map((bound) => (bound.kind === 'none' ? null : asNumber(bound)));
    if (items === undefined || numbers.includes(undefined) || numbers.length === 0) return undefined;
    const [start, stop, step] = numbers.length === 1 ? [0, numbers[0], 1] : numbers;
    return list(items.slice(start ?? 0, stop ?? items.length).filter((_, index) => index % (step ?? 1) === 0));
  },
  'itertools.starmap': ({ positional: [callee, source] }, site) => {
    const items = source && site.machine.itemsOf(source);
    const rows = items && columnsOf(items, site);
    return callee && rows && list(rows.map((row) => site.machine.call(callee, positionalArguments(...row), site)));
  },
  'itertools.zip_longest': ({ positional, keywords }, site) => {
    const columns = columnsOf(positional, site);
    if (columns === undefined) return undefined;
    const fill = keywords.get('fillvalue') ?? none;
    const length = Math.max(0, ...columns.map((column) => column.length));
    return list(Array.from({ length }, (_, row) => tuple(columns.map((column) => column[row] ?? fill))));
  },
  'operator.neg': ({ positional: [value] }) => value && negative(value),
  'operator.attrgetter': ({ positional: [name, ...others] }) =>
    name?.kind !== 'string' || others.length > 0
      ? undefined
      : builtin('attrgetter', ({ positional: [object] }, site) =>
          object === undefined
            ? unknown('an attribute of nothing')
            : name.value.split('.').reduce((value, part) => site.machine.attribute(value, part, site), object),
        ),
  'operator.methodcaller': ({ positional: [name, ...bound], keywords, isOpen }) =>
    name?.kind !== 'string'
      ? undefined
      : builtin('methodcaller', ({ positional: [object] }, site) =>
          object === undefined
            ? unknown('a method of nothing')
            : site.machine.call(
                site.machine.attribute(object, name.value, site),
                { positional: bound, keywords, isOpen },
                site,
              ),
        ),
  ...Object.fromEntries(
    Object.entries(operators).map(([name, operator]): [string, Meaning] => [
      `operator.${name}`,
      ({ positional: [left, right] }) => left && right && applyOperator(operator, left, right),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(comparisons).map(([name, operator]): [string, Meaning] => [
      `operator.${name}`,
      ({ positional: [left, right] }) => {
        const holds = left && right && compare(operator, left, right);
        return holds === undefined ? undefined : boolean(holds);
      },
    ]),
  ),
};

/** Functions of `functools`, `itertools` and `operator` by their paths. A call with arguments that are not known gives nothing. */
export const functionalMeanings: Readonly<Record<string, Meaning>> = Object.fromEntries(
  Object.entries(meanings).map(([path, meaning]): [string, Meaning] => [
    path,
    (parameters, site) => (parameters.isOpen && path !== 'functools.partial' ? undefined : meaning(parameters, site)),
  ]),
);
