/** The abstract syntax of JavaScript and TypeScript as the evaluator reads it: no punctuation, no types. */
import type { Span } from '../python/ast';

export type { Span } from '../python/ast';

export type Expression =
  | Name
  | Literal
  | Template
  | ArrayLiteral
  | ObjectLiteral
  | Member
  | Index
  | Call
  | DynamicImport
  | Unary
  | Update
  | Binary
  | Logical
  | Conditional
  | Assignment
  | Sequence
  | FunctionDefinition
  | ClassDefinition
  | Keyword
  | Invalid;

export interface Name extends Span {
  readonly kind: 'name';
  readonly name: string;
}

export interface Literal extends Span {
  readonly kind: 'literal';
  readonly value: number | string | boolean | null;
}

/** A template string: texts and the expressions between them. */
export interface Template extends Span {
  readonly kind: 'template';
  readonly parts: readonly (string | Expression)[];
}

export interface ArrayLiteral extends Span {
  readonly kind: 'array';
  readonly items: readonly Item[];
}

/** An item of an array or an argument of a call; a spread one stands for all items of its value. */
export interface Item {
  readonly isSpread: boolean;
  readonly value: Expression;
}

export interface ObjectLiteral extends Span {
  readonly kind: 'object';
  /** In order, as a later entry hides an earlier one. */
  readonly entries: readonly ObjectEntry[];
}

export type ObjectEntry =
  | { readonly form: 'property' | 'getter'; readonly key: Key; readonly value: Expression }
  | { readonly form: 'spread'; readonly value: Expression };

/** A property's name as written, or the expression that computes it. */
export type Key = string | Expression;

export interface Member extends Span {
  readonly kind: 'member';
  readonly object: Expression;
  readonly name: string;
  /** `a?.b` */
  readonly isOptional: boolean;
}

export interface Index extends Span {
  readonly kind: 'index';
  readonly object: Expression;
  readonly index: Expression;
  readonly isOptional: boolean;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly arguments: readonly Item[];
  readonly isNew: boolean;
  readonly isOptional: boolean;
}

/** `import("module")`; `await` is transparent, so this is the module. */
export interface DynamicImport extends Span {
  readonly kind: 'dynamicImport';
  readonly source: Expression;
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly operator: '!' | '-' | '+' | '~' | 'typeof' | 'void' | 'delete';
  readonly operand: Expression;
}

export interface Update extends Span {
  readonly kind: 'update';
  readonly operator: '++' | '--';
  readonly isPrefix: boolean;
  readonly target: Pattern;
  readonly operand: Expression;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '**' | '&' | '|' | '^' | '<<' | '>>' | '>>>';
export type ComparisonOperator = '==' | '===' | '!=' | '!==' | '<' | '<=' | '>' | '>=' | 'in' | 'instanceof';
export type LogicalOperator = '&&' | '||' | '??';

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: ArithmeticOperator | ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Logical extends Span {
  readonly kind: 'logical';
  readonly operator: LogicalOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Conditional extends Span {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export interface Assignment extends Span {
  readonly kind: 'assignment';
  readonly target: Pattern;
  /** The target read as an expression, for `+=` and its like. */
  readonly held: Expression;
  /** Null for a plain `=`. */
  readonly operator: ArithmeticOperator | LogicalOperator | null;
  readonly value: Expression;
}

export interface Sequence extends Span {
  readonly kind: 'sequence';
  readonly expressions: readonly Expression[];
}

export interface Keyword extends Span {
  readonly kind: 'this' | 'super';
}

export interface Invalid extends Span {
  readonly kind: 'invalid';
}

/** What a declaration, an assignment or a parameter binds. */
export type Pattern =
  | ({ readonly kind: 'name'; readonly name: string } & Span)
  | ({ readonly kind: 'property'; readonly object: Expression; readonly key: Key } & Span)
  | ({
      readonly kind: 'arrayPattern';
      readonly items: readonly (Binding | null)[];
      readonly rest: Pattern | null;
    } & Span)
  | ({
      readonly kind: 'objectPattern';
      readonly entries: readonly { readonly key: Key; readonly binding: Binding }[];
      readonly rest: Pattern | null;
    } & Span)
  | Invalid;

export interface Binding {
  readonly target: Pattern;
  readonly default: Expression | null;
}

export interface Parameter extends Span, Binding {
  readonly isRest: boolean;
  /** TypeScript's `constructor(private units: number)` also sets a field. */
  readonly isField: boolean;
}

export interface FunctionDefinition extends Span {
  readonly kind: 'function';
  readonly name: string | null;
  readonly form: 'arrow' | 'function' | 'method';
  readonly parameters: readonly Parameter[];
  /** An arrow function's body may be an expression. */
  readonly body: readonly Statement[] | Expression;
  readonly isGenerator: boolean;
}

export interface ClassDefinition extends Span {
  readonly kind: 'class';
  readonly name: string | null;
  readonly base: Expression | null;
  readonly members: readonly ClassMember[];
}

export interface ClassMember {
  readonly form: 'method' | 'getter' | 'setter' | 'field';
  readonly isStatic: boolean;
  readonly key: Key;
  /** Null for a field without a value. */
  readonly value: Expression | null;
}

export type Statement =
  | ExpressionStatement
  | Declaration
  | FunctionDefinition
  | ClassDefinition
  | Block
  | If
  | For
  | ForEach
  | While
  | Switch
  | Try
  | Return
  | Throw
  | Jump
  | Import
  | Export
  | ExportDefault
  | Enumeration
  | Empty;

export interface ExpressionStatement extends Span {
  readonly kind: 'expressionStatement';
  readonly expression: Expression;
}

export interface Declaration extends Span {
  readonly kind: 'declaration';
  readonly isBlockScoped: boolean;
  readonly declared: readonly { readonly target: Pattern; readonly value: Expression | null }[];
}

export interface Block extends Span {
  readonly kind: 'block';
  readonly body: readonly Statement[];
}

export interface If extends Span {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly body: Statement;
  readonly otherwise: Statement | null;
}

export interface For extends Span {
  readonly kind: 'for';
  readonly first: Statement | null;
  readonly condition: Expression | null;
  readonly next: Expression | null;
  readonly body: Statement;
}

/** `for (const target of iterable)`, or over the keys of an object with `in`. */
export interface ForEach extends Span {
  readonly kind: 'forEach';
  readonly over: 'items' | 'keys';
  readonly target: Pattern;
  readonly isDeclared: boolean;
  readonly iterable: Expression;
  readonly body: Statement;
}

export interface While extends Span {
  readonly kind: 'while';
  readonly condition: Expression;
  readonly body: Statement;
  /** `do … while (…)` */
  readonly runsFirst: boolean;
}

export interface Switch extends Span {
  readonly kind: 'switch';
  readonly subject: Expression;
  /** A null test is `default`. A body runs on into the next one unless it breaks. */
  readonly cases: readonly { readonly test: Expression | null; readonly body: readonly Statement[] }[];
}

export interface Try extends Span {
  readonly kind: 'try';
  readonly body: Statement;
  readonly handler: { readonly target: Pattern | null; readonly body: Statement } | null;
  readonly finally: Statement | null;
}

export interface Return extends Span {
  readonly kind: 'return';
  readonly value: Expression | null;
}

export interface Throw extends Span {
  readonly kind: 'throw';
  readonly value: Expression;
}

export interface Jump extends Span {
  readonly kind: 'break' | 'continue';
  /** It names the loop that it leaves, which may be one further out. */
  readonly isLabelled: boolean;
}

export interface Import extends Span {
  readonly kind: 'import';
  readonly source: string;
  readonly names: readonly ImportedName[];
}

export interface ImportedName {
  /** `*` for the whole module, `default` for its default export. */
  readonly imported: string;
  readonly local: string;
}

/** `export { a as b }`, `export { a as b } from "module"`, and with `*` everything of a module. */
export interface Export extends Span {
  readonly kind: 'export';
  readonly source: string | null;
  readonly names: readonly ExportedName[];
}

export interface ExportedName {
  readonly local: string;
  /** `*` for all names of the module it is passed on from. */
  readonly exported: string;
}

export interface ExportDefault extends Span {
  readonly kind: 'exportDefault';
  readonly value: Expression;
}

export interface Enumeration extends Span {
  readonly kind: 'enumeration';
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly value: Expression | null }[];
}

export interface Empty extends Span {
  readonly kind: 'empty';
}

export interface Module {
  readonly body: readonly Statement[];
}
