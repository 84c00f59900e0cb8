/** Short names for the lengths of a model's sequences: `T` for the only one, `T`, `T_2`, … where inputs differ. */
import { type Expression, substitute, symbol } from '../../../model/expression';
import { type ModelGraph, timeMeaning } from '../../../model/graph';

/**
 * Within a file every input of open length has a symbol of its own (`T@12`), since nothing says that two are equal. A reader
 * of one model wants them counted within that model.
 */
export function withShortTimeSymbols(graph: ModelGraph): ModelGraph {
  const times = graph.symbols.filter(({ meaning }) => meaning === timeMeaning);
  const names = new Map(times.map(({ name }, index) => [name, index === 0 ? 'T' : `T_${index + 1}`]));
  const isPlain = [...names].every(([from, to]) => from === to) || times.some(({ name }) => !/^T(@|$)/.test(name));
  if (isPlain) return graph;
  const replacements = new Map([...names].map(([from, to]) => [from, symbol(to)]));
  const renamed = renamedWithin(graph, replacements);
  const symbols = graph.symbols.map((origin) => ({ ...origin, name: names.get(origin.name) ?? origin.name }));
  return { ...renamed, symbols };
}

/** The same plain data with symbols replaced in every expression it holds. */
function renamedWithin<Data>(data: Data, replacements: ReadonlyMap<string, Expression>): Data {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    if (isExpression(value)) return substitute(value, replacements) ?? value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  // The shape of the data is kept, whatever its type.
  return visit(data) as Data;
}

function isExpression(value: object): value is Expression {
  return 'terms' in value && Array.isArray(value.terms);
}
