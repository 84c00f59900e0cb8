/** Where names live: a chain of scopes, as Python has them. */
import type { Value } from './values';

export interface Scope {
  readonly variables: Map<string, Value>;
  readonly parent: Scope | null;
  /** A class body's names are not seen from the functions inside it. */
  readonly isClassBody: boolean;
  /** Names declared `global` or `nonlocal` here: assignments go to the scope given. */
  readonly redirected: Map<string, Scope>;
}

export function createScope(parent: Scope | null, isClassBody = false): Scope {
  return { variables: new Map(), parent, isClassBody, redirected: new Map() };
}

/** The value of a name as seen from a scope; undefined when no scope holds it. */
export function lookUp(scope: Scope, name: string): Value | undefined {
  for (let current: Scope | null = scope; current !== null; current = current.parent) {
    if (current.isClassBody && current !== scope) continue;
    const value = (current.redirected.get(name) ?? current).variables.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function globalScope(scope: Scope): Scope {
  let current = scope;
  while (current.parent !== null) current = current.parent;
  return current;
}
