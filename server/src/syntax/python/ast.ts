/** The abstract syntax of Python as the evaluator reads it: Lezer's concrete tree without its punctuation. */

export interface Span {
  /** Offsets into the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

export type Expression =
  | Name
  | NumberLiteral
  | StringLiteral
  | FormattedString
  | Constant
  | Sequence
  | Dictionary
  | Attribute
  | Subscript
  | Call
  | Unary
  | Binary
  | Comparison
  | Logical
  | Conditional
  | Lambda
  | Comprehension
  | Starred
  | NamedExpression
  | Suspension
  | Invalid;

export interface Name extends Span {
  readonly kind: 'name';
  readonly name: string;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  readonly isInteger: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

export interface FormattedString extends Span {
  readonly kind: 'formattedString';
  readonly parts: readonly (string | FormattedPart)[];
}

export interface FormattedPart {
  readonly expression: Expression;
  /** What stands after the colon; null where it is not a plain text, or where a conversion (`!r`) comes first. */
  readonly specification: string | null;
}

export interface Constant extends Span {
  readonly kind: 'constant';
  readonly value: true | false | null | 'ellipsis';
}

export interface Sequence extends Span {
  readonly kind: 'tuple' | 'list' | 'set';
  readonly items: readonly Expression[];
}

export interface Dictionary extends Span {
  readonly kind: 'dictionary';
  /** An entry without a key spreads another dictionary (`**other`). */
  readonly entries: readonly { readonly key: Expression | null; readonly value: Expression }[];
}

export interface Attribute extends Span {
  readonly kind: 'attribute';
  readonly object: Expression;
  readonly name: string;
}

export interface Slice extends Span {
  readonly kind: 'slice';
  readonly lower: Expression | null;
  readonly upper: Expression | null;
  readonly step: Expression | null;
}

export interface Subscript extends Span {
  readonly kind: 'subscript';
  readonly object: Expression;
  readonly indices: readonly (Expression | Slice)[];
  /** `x[1,]` and `x[1, 2]` index with a tuple, `x[1]` does not. */
  readonly isTuple: boolean;
}

export interface Argument extends Span {
  readonly form: 'positional' | 'keyword' | 'spread' | 'spreadKeywords';
  /** Set for keywords only. */
  readonly name: string | null;
  readonly value: Expression;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly arguments: readonly Argument[];
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | '~' | 'not';
  readonly operand: Expression;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '&' | '|' | '^' | '<<' | '>>';

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: ArithmeticOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

/** `a < b <= c` is one comparison with two steps. */
export interface Comparison extends Span {
  readonly kind: 'comparison';
  readonly first: Expression;
  readonly steps: readonly { readonly operator: ComparisonOperator; readonly operand: Expression }[];
}

export interface Logical extends Span {
  readonly kind: 'logical';
  readonly operator: 'and' | 'or';
  readonly left: Expression;
  readonly right: Expression;
}

export interface Conditional extends Span {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export interface Parameter extends Span {
  readonly name: string;
  readonly form: 'plain' | 'keywordOnly' | 'positionalOnly' | 'rest' | 'restKeywords';
  readonly default: Expression | null;
  readonly annotation: Expression | null;
}

export interface Lambda extends Span {
  readonly kind: 'lambda';
  readonly parameters: readonly Parameter[];
  readonly body: Expression;
}

export interface ComprehensionClause {
  readonly target: Expression;
  readonly iterable: Expression;
  readonly conditions: readonly Expression[];
}

export interface Comprehension extends Span {
  readonly kind: 'comprehension';
  readonly of: 'list' | 'set' | 'dictionary' | 'generator';
  /** The element, or the key of a dictionary. */
  readonly element: Expression;
  /** Set for dictionaries only. */
  readonly value: Expression | null;
  readonly clauses: readonly ComprehensionClause[];
}

export interface Starred extends Span {
  readonly kind: 'starred';
  readonly value: Expression;
}

export interface NamedExpression extends Span {
  readonly kind: 'namedExpression';
  readonly target: Name;
  readonly value: Expression;
}

/** `await x`, `yield x`: nothing this evaluator follows beyond the operand. */
export interface Suspension extends Span {
  readonly kind: 'suspension';
  readonly operand: Expression | null;
  readonly word: 'await' | 'yield';
}

/** What could not be parsed; evaluates to unknown. */
export interface Invalid extends Span {
  readonly kind: 'invalid';
}

export type Statement =
  | (Span & { readonly kind: 'expressionStatement'; readonly expression: Expression })
  | (Span & { readonly kind: 'assign'; readonly targets: readonly Expression[]; readonly value: Expression })
  | (Span & {
      readonly kind: 'annotatedAssign';
      readonly target: Expression;
      readonly annotation: Expression | null;
      readonly value: Expression | null;
    })
  | (Span & {
      readonly kind: 'augmentedAssign';
      readonly target: Expression;
      readonly operator: ArithmeticOperator;
      readonly value: Expression;
    })
  | (Span & { readonly kind: 'return'; readonly value: Expression | null })
  | (Span & { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Statement[] })
  | For
  | (Span & {
      readonly kind: 'while';
      readonly condition: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    })
  | (Span & {
      readonly kind: 'with';
      readonly items: readonly { readonly context: Expression; readonly target: Expression | null }[];
      readonly body: readonly Statement[];
    })
  | Try
  | FunctionDefinition
  | ClassDefinition
  | Import
  | ImportFrom
  | (Span & { readonly kind: 'delete'; readonly targets: readonly Expression[] })
  | (Span & { readonly kind: 'scope'; readonly word: 'global' | 'nonlocal'; readonly names: readonly string[] })
  | (Span & { readonly kind: 'pass' | 'break' | 'continue' })
  | (Span & { readonly kind: 'raise'; readonly value: Expression | null })
  | (Span & { readonly kind: 'assert'; readonly condition: Expression })
  | (Span & { readonly kind: 'match'; readonly subject: Expression; readonly cases: readonly MatchCase[] })
  | Invalid;

export interface Branch {
  readonly condition: Expression;
  readonly body: readonly Statement[];
}

export interface For extends Span {
  readonly kind: 'for';
  readonly target: Expression;
  readonly iterable: Expression;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export interface Try extends Span {
  readonly kind: 'try';
  readonly body: readonly Statement[];
  readonly handlers: readonly { readonly name: string | null; readonly body: readonly Statement[] }[];
  readonly otherwise: readonly Statement[];
  readonly finally: readonly Statement[];
}

export interface MatchCase {
  readonly pattern: Pattern;
  readonly guard: Expression | null;
  readonly body: readonly Statement[];
}

/** What `case` compares its subject with. `other` is a pattern that is not read: it may hold or not. */
export type Pattern =
  | { readonly kind: 'value'; readonly value: Expression }
  /** Holds always, and binds the subject; `_` binds nothing. */
  | { readonly kind: 'capture'; readonly name: string | null }
  /** `star` is the position of `*rest`, whose pattern binds what the others leave; -1 without one. */
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[]; readonly star: number }
  | { readonly kind: 'alternatives'; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'named'; readonly pattern: Pattern; readonly name: string }
  | {
      readonly kind: 'class';
      readonly type: Expression;
      readonly positional: readonly Pattern[];
      readonly keywords: readonly { readonly name: string; readonly pattern: Pattern }[];
    }
  /** `rest` is the name after `**`. */
  | {
      readonly kind: 'mapping';
      readonly entries: readonly { readonly key: Expression; readonly pattern: Pattern }[];
      readonly rest: string | null;
    }
  | { readonly kind: 'other' };

export interface FunctionDefinition extends Span {
  readonly kind: 'function';
  readonly name: string;
  /** Where the name stands: what a reader points at. */
  readonly nameSpan: Span;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly Expression[];
  /** The body holds a `yield` of its own: a call gives a generator. */
  readonly isGenerator: boolean;
}

export interface ClassDefinition extends Span {
  readonly kind: 'class';
  readonly name: string;
  readonly nameSpan: Span;
  readonly bases: readonly Expression[];
  readonly body: readonly Statement[];
  readonly decorators: readonly Expression[];
}

export interface Import extends Span {
  readonly kind: 'import';
  readonly modules: readonly { readonly path: string; readonly alias: string | null }[];
}

export interface ImportFrom extends Span {
  readonly kind: 'importFrom';
  /** Dotted, without leading dots; empty for `from . import x`. */
  readonly path: string;
  /** Number of leading dots. */
  readonly level: number;
  /** `null` imports everything (`*`). */
  readonly names: readonly { readonly name: string; readonly alias: string | null }[] | null;
}

export interface Module {
  readonly body: readonly Statement[];
}
