/**
 * The only way to change a value of the analysed program, so that a change can be taken back.
 *
 * Where a condition is not known both branches run, one after the other, from the same state; `fork` undoes the changes of
 * each and then writes, for everything any branch changed, the join of what the branches left there.
 */
import type { Span } from '../syntax/python/ast';
import type { DictionaryEntry, DictionaryValue, SequenceValue, Value } from './values';

/** Something that holds one piece of changeable state. `read` gives undefined for what does not exist. */
interface Slot {
  readonly read: () => unknown;
  readonly restore: (previous: unknown) => void;
  readonly join: (states: readonly unknown[]) => void;
}

interface Change {
  readonly slot: Slot;
  readonly before: unknown;
  /** What the branch left, once it has ended. */
  after: unknown;
}

/** Changes by the object changed, then by key, so that each slot is remembered once. */
type Journal = Map<object, Map<string, Change>>;

/** What one branch left. */
interface End {
  readonly journal: Journal;
  readonly made: ReadonlySet<object>;
  readonly fate: 'goesOn' | 'returned' | 'raised';
}

interface SequenceState {
  readonly items: readonly Value[];
  readonly isOpen: boolean;
}

/** What looking at an item that all branches kept costs, or at a change of one, as a share of what joining it would. */
const shareOfKept = 1 / 16;
const shareOfChange = 1 / 4;

/** The value after branches that left these values, undefined standing for "not there"; `where` is what branched. */
export type Join = (values: readonly (Value | undefined)[], where: Span) => Value;

export class Heap {
  private readonly journals: Journal[] = [];
  /** What the branches that run now have made, innermost last. */
  private readonly nurseries: Set<object>[] = [];

  private forks = 0;
  /** What the joins of the latest fork took, in values joined. */
  private joined = 0;
  private where: Span = { from: 0, to: 0 };

  /**
   * @param joinAt makes one value of those that branches left
   * @param spend is told how many values a fork has joined, once it has: work beside that in its branches
   */
  constructor(
    private readonly joinAt: Join,
    private readonly spend: (work: number) => void = () => {},
  ) {}

  /** Whether what runs now may not happen: inside a branch of a condition, or a round of a loop, that is not known. */
  get isConditional(): boolean {
    return this.forks > 0;
  }

  /** Says that an object came into being just now: a branch that does not make it says nothing about it. */
  born(owner: object): void {
    this.nurseries.at(-1)?.add(owner);
  }

  setVariable(variables: Map<string, Value>, name: string, value: Value): void {
    this.note(variables, name, this.variableSlot(variables, name));
    variables.set(name, value);
  }

  deleteVariable(variables: Map<string, Value>, name: string): void {
    this.note(variables, name, this.variableSlot(variables, name));
    variables.delete(name);
  }

  /** Replaces the items of a sequence; `isOpen` says that it may hold others as well. */
  setItems(sequence: SequenceValue, items: readonly Value[], isOpen = sequence.isOpen ?? false): void {
    const write = (state: SequenceState): void => {
      sequence.items = state.items;
      sequence.isOpen = state.isOpen;
    };
    this.note(sequence, 'items', {
      read: (): SequenceState => ({ items: sequence.items, isOpen: sequence.isOpen ?? false }),
      restore: (state) => write(state as SequenceState),
      join: (states) => write(this.joinSequences(states as readonly SequenceState[])),
    });
    write({ items, isOpen });
  }

  setEntry(dictionary: DictionaryValue, key: string, entry: DictionaryEntry | undefined): void {
    const { entries } = dictionary;
    const write = (state: DictionaryEntry | undefined): void => {
      if (state === undefined) entries.delete(key);
      else entries.set(key, state);
    };
    this.note(entries, key, {
      read: () => entries.get(key),
      restore: (state) => write(state as DictionaryEntry | undefined),
      join: (states) => {
        const held = states as readonly (DictionaryEntry | undefined)[];
        const some = held.find((state) => state !== undefined);
        if (some) write({ key: some.key, value: this.join(held.map((state) => state?.value)) });
      },
    });
    write(entry);
    const name = dictionary.mirrors && key.startsWith('string:') ? key.slice('string:'.length) : undefined;
    if (dictionary.mirrors === undefined || name === undefined) return;
    if (entry === undefined) this.deleteVariable(dictionary.mirrors, name);
    else this.setVariable(dictionary.mirrors, name, entry.value);
  }

  /** State that a framework's object keeps: replaced as a whole; `joined` makes one state of several. */
  setState<State>(cell: { value: State }, value: State, joined: (states: readonly State[]) => State): void {
    this.note(cell, 'value', {
      read: () => cell.value,
      restore: (state) => {
        cell.value = state as State;
      },
      join: (states) => {
        cell.value = joined(states as readonly State[]);
      },
    });
    cell.value = value;
  }

  /**
   * Runs every branch from the present state, then leaves the join of their end states. `survives` says of each result
   * whether execution goes on after that branch: the variables in `locals` of one that returned or raised are of no
   * further interest, and nothing of one that raised is.
   */
  fork<Result>(
    branches: readonly (() => Result)[],
    survives: (result: Result) => 'goesOn' | 'returned' | 'raised',
    locals: object,
    where: Span,
  ): Result[] {
    const results: Result[] = [];
    const ends: End[] = [];
    for (const branch of branches) {
      const journal: Journal = new Map();
      const made = new Set<object>();
      this.journals.push(journal);
      this.nurseries.push(made);
      this.forks += 1;
      try {
        const result = branch();
        results.push(result);
        for (const change of changesIn(journal)) change.after = change.slot.read();
        ends.push({ journal, made, fate: survives(result) });
      } finally {
        this.forks -= 1;
        this.journals.pop();
        this.nurseries.pop();
        // Newest first does not matter: each slot appears once, with its state before the branch.
        for (const change of changesIn(journal)) change.slot.restore(change.before);
      }
    }
    // Branches may have forked themselves: only now is this the place that joins.
    this.where = where;
    this.joined = 0;
    const live = ends.some((end) => end.fate !== 'raised') ? ends.filter((end) => end.fate !== 'raised') : ends;
    for (const { made } of live) for (const owner of made) this.born(owner);
    for (const [owner, key, change] of distinctChanges(live.map((end) => end.journal))) {
      const makers = live.filter((end) => end.made.has(owner));
      const relevant =
        makers.length > 0
          ? makers
          : owner === locals && live.some((end) => end.fate === 'goesOn')
            ? live.filter((end) => end.fate === 'goesOn')
            : live;
      this.joined += shareOfChange;
      this.note(owner, key, change.slot);
      const states = relevant.map((end) => {
        const own = end.journal.get(owner)?.get(key);
        return own ? own.after : change.before;
      });
      const [first] = states;
      if (states.every((state) => state === first)) change.slot.restore(first);
      else change.slot.join(states);
    }
    this.spend(Math.ceil(this.joined));
    return results;
  }

  /** Does what may or may not happen; undefined stands for its not happening. */
  perhaps<Result>(work: () => Result, where: Span): Result | undefined {
    const [result] = this.fork<Result | undefined>([work, () => undefined], () => 'goesOn', {}, where);
    return result;
  }

  /** Runs work and keeps its changes only if `keep` says so afterwards; undefined when they were taken back. */
  attempt<Result>(work: () => Result, keep: () => boolean): Result | undefined {
    const journal: Journal = new Map();
    this.journals.push(journal);
    let isKept = false;
    try {
      const result = work();
      isKept = keep();
      return isKept ? result : undefined;
    } finally {
      this.journals.pop();
      if (isKept) this.inherit(journal);
      else for (const change of changesIn(journal)) change.slot.restore(change.before);
    }
  }

  /** Hands the changes of a finished attempt to the journal around it, with the states from before the attempt. */
  private inherit(journal: Journal): void {
    const outer = this.journals.at(-1);
    if (outer === undefined) return;
    for (const [owner, changes] of journal) {
      const held = outer.get(owner);
      if (held === undefined) outer.set(owner, changes);
      else for (const [key, change] of changes) if (!held.has(key)) held.set(key, change);
    }
  }

  private join(values: readonly (Value | undefined)[]): Value {
    this.joined += 1;
    return this.joinAt(values, this.where);
  }

  private note(owner: object, key: string, slot: Slot): void {
    const journal = this.journals.at(-1);
    if (journal === undefined) return;
    let changes = journal.get(owner);
    if (changes === undefined) {
      changes = new Map();
      journal.set(owner, changes);
    }
    if (!changes.has(key)) changes.set(key, { slot, before: slot.read(), after: undefined });
  }

  private variableSlot(variables: Map<string, Value>, name: string): Slot {
    return {
      read: () => variables.get(name),
      restore: (state) => {
        if (state === undefined) variables.delete(name);
        else variables.set(name, state as Value);
      },
      join: (states) => {
        variables.set(name, this.join(states as readonly (Value | undefined)[]));
      },
    };
  }

  /** Sequences of one length join item by item; of different lengths nobody knows which items there are. */
  private joinSequences(states: readonly SequenceState[]): SequenceState {
    const longest = states.reduce((held, state) => (state.items.length > held.items.length ? state : held));
    const isOpen = states.some((state) => state.isOpen || state.items.length !== longest.items.length);
    if (states.every(({ items }) => items === longest.items)) return { items: longest.items, isOpen };
    this.joined += longest.items.length * shareOfKept;
    const items = longest.items.map((item, index) => {
      const isKept = states.every((state) => state.items[index] === item);
      return isKept ? item : this.join(states.map((state) => state.items[index]));
    });
    return { items, isOpen };
  }
}

function* changesIn(journal: Journal): Iterable<Change> {
  for (const changes of journal.values()) yield* changes.values();
}

function* distinctChanges(all: readonly Journal[]): Iterable<readonly [object, string, Change]> {
  const journals = all.filter(({ size }) => size > 0);
  const [only, ...others] = journals;
  if (only !== undefined && others.length === 0) {
    for (const [owner, changes] of only) for (const [key, change] of changes) yield [owner, key, change];
    return;
  }
  const seen = new Map<object, Set<string>>();
  for (const journal of journals) {
    for (const [owner, changes] of journal) {
      for (const [key, change] of changes) {
        const keys = seen.get(owner) ?? new Set();
        seen.set(owner, keys);
        if (keys.has(key)) continue;
        keys.add(key);
        yield [owner, key, change];
      }
    }
  }
}
