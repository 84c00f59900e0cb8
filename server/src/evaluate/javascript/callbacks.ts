/** The methods of arrays that call a function for each item: `map`, `filter`, `reduce` and their like. */
import {
  boolean,
  type CallArguments,
  type CallSite,
  number,
  positionalArguments,
  unknown,
  type Value,
} from '../values';
import type { JavaScriptMachine } from './machine';
import { undefinedValue } from './objects';

type Method = (parameters: CallArguments, site: CallSite) => Value;

/**
 * @param collection the array or set itself, which callbacks are given too
 * @param made makes the array that a method gives
 */
export function callbackResults(
  machine: JavaScriptMachine,
  collection: Value,
  items: readonly Value[],
  name: string,
  made: (items: readonly Value[]) => Value,
): Method | undefined {
  const one = (
    { positional: [callback = undefinedValue] }: CallArguments,
    site: CallSite,
    item: Value,
    position: number,
  ): Value => {
    return machine.call(callback, positionalArguments(item, number(position), collection), site);
  };
  const each = (parameters: CallArguments, site: CallSite): readonly Value[] =>
    items.map((item, position) => one(parameters, site, item, position));
  const truths = (parameters: CallArguments, site: CallSite): readonly (boolean | undefined)[] =>
    each(parameters, site).map((answer) => machine.truth(answer));
  /** The answers up to the first that decides; after one that is not known, further calls may happen or not. */
  const truthsUntil = (
    decisive: boolean,
    parameters: CallArguments,
    site: CallSite,
  ): readonly (boolean | undefined)[] => {
    const answers: (boolean | undefined)[] = [];
    for (const [position, item] of items.entries()) {
      const ask = (): boolean | undefined => machine.truth(one(parameters, site, item, position));
      if (answers.includes(undefined)) machine.maybe(() => answers.push(ask()), site.span);
      else answers.push(ask());
      if (!answers.includes(undefined) && answers.at(-1) === decisive) break;
    }
    return answers;
  };
  const open = (site: CallSite): Value =>
    unknown(`which items ${name} chooses is not known`, null, machine.locate(site.span));
  switch (name) {
    case 'map':
      return (parameters, site) => made(each(parameters, site));
    case 'flatMap':
      return (parameters, site) =>
        made(each(parameters, site).flatMap((value) => (value.kind === 'list' ? value.items : [value])));
    case 'forEach':
      return (parameters, site) => {
        each(parameters, site);
        return undefinedValue;
      };
    case 'filter':
      return (parameters, site) => {
        const answers = truths(parameters, site);
        return answers.includes(undefined) ? open(site) : made(items.filter((_, position) => answers[position]));
      };
    case 'find':
    case 'findIndex':
      return (parameters, site) => {
        const answers = truthsUntil(true, parameters, site);
        const position = answers.indexOf(true);
        if (answers.slice(0, position === -1 ? undefined : position).includes(undefined)) return open(site);
        return name === 'find' ? (items[position] ?? undefinedValue) : number(position);
      };
    case 'some':
    case 'every':
      return (parameters, site) => {
        const decisive = name === 'some';
        const answers = truthsUntil(decisive, parameters, site);
        if (answers.includes(decisive)) return boolean(decisive);
        return answers.includes(undefined) ? open(site) : boolean(!decisive);
      };
    case 'reduce':
    case 'reduceRight':
      return ({ positional: [callback = undefinedValue, initial] }, site) => {
        const order = name === 'reduce' ? items : items.toReversed();
        const [first, ...rest] = initial === undefined ? order : [initial, ...order];
        if (first === undefined) return undefinedValue;
        return rest.reduce<Value>((held, item, position) => {
          const index = initial === undefined ? position + 1 : position;
          const place = name === 'reduce' ? index : items.length - 1 - index;
          return machine.call(callback, positionalArguments(held, item, number(place), collection), site);
        }, first);
      };
    default:
      return undefined;
  }
}
