/** Turns Lezer's concrete Python tree into the abstract syntax of `ast.ts`; total: what is broken becomes `invalid`. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { Lazy } from '../../../../model/lazy';
import { isComma, spanOf, splitAt } from '../nodes';
import type {
  Branch,
  ClassDefinition,
  Expression,
  FunctionDefinition,
  MatchCase,
  Module,
  Parameter,
  Pattern,
  Span,
  Statement,
} from './ast';
import { ExpressionLowering, isArithmetic } from './lowerExpressions';
import { childrenOf, isExpressionNode } from './nodes';

export function lowerModule(tree: Tree, text: string): Module {
  return { body: new Lowering(text).statements(tree.topNode) };
}

/** A function whose body is read when it is first asked for: most functions of a file are never looked into. */
class LoweredFunction implements FunctionDefinition {
  readonly kind = 'function';
  readonly from: number;
  readonly to: number;

  constructor(
    readonly name: string,
    readonly nameSpan: Span,
    readonly parameters: readonly Parameter[],
    readonly decorators: readonly Expression[],
    span: Span,
    private readonly statements: Lazy<readonly Statement[]>,
    private readonly yields: Lazy<boolean>,
  ) {
    this.from = span.from;
    this.to = span.to;
  }

  get body(): readonly Statement[] {
    return this.statements.value;
  }

  get isGenerator(): boolean {
    return this.yields.value;
  }
}

/** Valid Python that the grammar does not know: `1.`, a bare `yield`, parenthesised context managers. */
export function isValidPython(error: SyntaxNode): boolean {
  const { parent } = error;
  switch (parent?.name) {
    case 'MemberExpression':
      return parent.firstChild?.name === 'Number';
    case 'YieldStatement':
    case 'YieldExpression':
      return true;
    case 'ParenthesizedExpression':
      return parent.parent?.name === 'WithStatement';
    case 'WithStatement':
      return parent.getChild('ParenthesizedExpression') !== null;
    default:
      return false;
  }
}

/** `__x` in class `Net` is `_Net__x`, so that classes derived from each other do not share it. */
function manglingOf(className: string): string {
  const bare = className.replace(/^_+/, '');
  return bare === '' ? '' : `_${bare}`;
}

class Lowering extends ExpressionLowering {
  /** The statements directly below a module or a body. */
  statements(parent: SyntaxNode): Statement[] {
    const result: Statement[] = [];
    for (const node of childrenOf(parent)) {
      if (node.name === 'StatementGroup') result.push(...this.statements(node));
      else if (!isPunctuation(node)) result.push(...this.statement(node));
    }
    return result;
  }

  private statement(node: SyntaxNode): Statement[] {
    const span = spanOf(node);
    const children = childrenOf(node);
    switch (node.name) {
      case 'ExpressionStatement':
        return [{ kind: 'expressionStatement', expression: this.expressionList(children, span), ...span }];
      case 'AssignStatement':
        return [this.assignment(children, span)];
      case 'UpdateStatement':
        return [this.update(children, span)];
      case 'ReturnStatement': {
        const rest = children.slice(1);
        return [{ kind: 'return', value: rest.length > 0 ? this.expressionList(rest, span) : null, ...span }];
      }
      case 'IfStatement':
        return [this.conditional(children, span)];
      case 'ForStatement':
        return [this.forLoop(children, span)];
      case 'WhileStatement': {
        const [body, otherwise] = bodiesOf(children);
        const condition = children.find(isExpressionNode);
        return [
          {
            kind: 'while',
            condition: this.optional(condition, span),
            body: this.body(body),
            otherwise: this.body(otherwise),
            ...span,
          },
        ];
      }
      case 'WithStatement':
        return [this.withBlock(children, span)];
      case 'TryStatement':
        return [this.tryBlock(children, span)];
      case 'FunctionDefinition':
        return [this.functionDefinition(node, [])];
      case 'ClassDefinition':
        return [this.classDefinition(node, [])];
      case 'DecoratedStatement': {
        const decorators = children.filter((child) => child.name === 'Decorator').map((child) => this.decorator(child));
        const definition = children.at(-1);
        if (definition?.name === 'FunctionDefinition') return [this.functionDefinition(definition, decorators)];
        if (definition?.name === 'ClassDefinition') return [this.classDefinition(definition, decorators)];
        return [{ kind: 'invalid', ...span }];
      }
      case 'ImportStatement':
        return this.importStatement(children, span);
      case 'YieldStatement': {
        const operand = children.filter(isExpressionNode);
        const value = operand.length > 0 ? this.expressionList(children.slice(1), span) : null;
        return [
          {
            kind: 'expressionStatement',
            expression: { kind: 'suspension', word: 'yield', operand: value, ...span },
            ...span,
          },
        ];
      }
      case 'DeleteStatement':
        return [{ kind: 'delete', targets: this.commaSeparated(children.slice(1)), ...span }];
      case 'ScopeStatement': {
        const word = children[0]?.name === 'nonlocal' ? 'nonlocal' : 'global';
        const names = children.filter((child) => child.name === 'VariableName').map((child) => this.read(child));
        return [{ kind: 'scope', word, names, ...span }];
      }
      case 'PassStatement':
        return [{ kind: 'pass', ...span }];
      case 'BreakStatement':
        return [{ kind: 'break', ...span }];
      case 'ContinueStatement':
        return [{ kind: 'continue', ...span }];
      case 'RaiseStatement': {
        const value = children[1];
        return [{ kind: 'raise', value: value ? this.expression(value) : null, ...span }];
      }
      case 'AssertStatement':
        return [{ kind: 'assert', condition: this.optional(children[1], span), ...span }];
      case 'MatchStatement':
        return [this.matchBlock(children, span)];
      default:
        // Python 2's `print x`, type definitions, and whatever recovery produced.
        return [{ kind: 'invalid', ...span }];
    }
  }

  private body(node: SyntaxNode | undefined): Statement[] {
    return node === undefined ? [] : (this.nesting.within(() => this.statements(node)) ?? []);
  }

  private assignment(children: readonly SyntaxNode[], span: Span): Statement {
    const parts = splitAt(children, (child) => child.name === 'AssignOp');
    const annotated = parts[0]?.find((child) => child.name === 'TypeDef');
    if (annotated !== undefined) {
      const target = parts[0]?.filter((child) => child.name !== 'TypeDef') ?? [];
      const value = parts[1];
      const annotation = childrenOf(annotated).find(isExpressionNode);
      return {
        kind: 'annotatedAssign',
        target: this.expressionList(target, span),
        annotation: annotation ? this.expression(annotation) : null,
        value: value && value.length > 0 ? this.expressionList(value, span) : null,
        ...span,
      };
    }
    const value = parts.pop() ?? [];
    return {
      kind: 'assign',
      targets: parts.map((part) => this.expressionList(part, span)),
      value: this.expressionList(value, span),
      ...span,
    };
  }

  private update(children: readonly SyntaxNode[], span: Span): Statement {
    const at = children.findIndex((child) => child.name === 'UpdateOp');
    const node = children[at];
    const operator = node ? this.read(node).slice(0, -1) : '';
    if (!isArithmetic(operator)) return { kind: 'invalid', ...span };
    return {
      kind: 'augmentedAssign',
      target: this.expressionList(children.slice(0, at), span),
      operator,
      value: this.expressionList(children.slice(at + 1), span),
      ...span,
    };
  }

  private conditional(children: readonly SyntaxNode[], span: Span): Statement {
    const branches: Branch[] = [];
    let otherwise: Statement[] = [];
    let condition: SyntaxNode | undefined;
    for (const child of children) {
      if (child.name === 'if' || child.name === 'elif' || child.name === 'else') condition = undefined;
      else if (child.name === 'Body') {
        if (condition !== undefined) {
          branches.push({ condition: this.expression(condition), body: this.body(child) });
        } else otherwise = this.body(child);
      } else if (isExpressionNode(child)) condition = child;
    }
    return { kind: 'if', branches, otherwise, ...span };
  }

  private forLoop(children: readonly SyntaxNode[], span: Span): Statement {
    const start = children.findIndex((child) => child.name === 'for') + 1;
    const middle = children.findIndex((child) => child.name === 'in');
    const end = children.findIndex((child) => child.name === 'Body');
    const [body, otherwise] = bodiesOf(children);
    return {
      kind: 'for',
      target: this.expressionList(children.slice(start, middle), span),
      iterable: this.expressionList(children.slice(middle + 1, end === -1 ? undefined : end), span),
      body: this.body(body),
      otherwise: this.body(otherwise),
      ...span,
    };
  }

  private withBlock(children: readonly SyntaxNode[], span: Span): Statement {
    const [body] = bodiesOf(children);
    const start = children.findIndex((child) => child.name === 'with') + 1;
    const end = children.findIndex((child) => child.name === 'Body');
    const parts = splitAt(children.slice(start, end === -1 ? undefined : end), isComma);
    const items = parts.map((part) => {
      const as = part.findIndex((child) => child.name === 'as');
      return {
        context: this.expressionList(as === -1 ? part : part.slice(0, as), span),
        target: as === -1 ? null : this.expressionList(part.slice(as + 1), span),
      };
    });
    return { kind: 'with', items, body: this.body(body), ...span };
  }

  private tryBlock(children: readonly SyntaxNode[], span: Span): Statement {
    let word = 'try';
    let name: string | null = null;
    let body: Statement[] = [];
    let otherwise: Statement[] = [];
    let finallyBody: Statement[] = [];
    const handlers: { name: string | null; body: Statement[] }[] = [];
    children.forEach((child, index) => {
      if (['try', 'except', 'else', 'finally'].includes(child.name)) {
        word = child.name;
        name = null;
      } else if (child.name === 'VariableName' && children[index - 1]?.name === 'as') name = this.read(child);
      else if (child.name === 'Body') {
        const statements = this.body(child);
        if (word === 'try') body = statements;
        else if (word === 'except') handlers.push({ name, body: statements });
        else if (word === 'else') otherwise = statements;
        else finallyBody = statements;
      }
    });
    return { kind: 'try', body, handlers, otherwise, finally: finallyBody, ...span };
  }

  private matchBlock(children: readonly SyntaxNode[], span: Span): Statement {
    const body = children.find((child) => child.name === 'MatchBody');
    const subject = children.filter((child) => isExpressionNode(child) && child.name !== 'MatchBody');
    const cases = childrenOf(body)
      .filter((child) => child.name === 'MatchClause')
      .map((clause) => this.matchCase(clause));
    return { kind: 'match', subject: this.expressionList(subject, span), cases, ...span };
  }

  private matchCase(clause: SyntaxNode): MatchCase {
    const children = childrenOf(clause);
    const guard = children.find((child) => child.name === 'Guard');
    const patterns = children.filter(isPattern);
    const [only] = patterns;
    // `case a, b:` is a sequence without brackets.
    const isSequence = patterns.length > 1 || children.some(isComma) || only?.name === 'StarPattern';
    return {
      pattern: isSequence ? this.sequencePattern(patterns) : only ? this.pattern(only) : { kind: 'other' },
      guard: guard ? this.optional(childrenOf(guard)[1], spanOf(guard)) : null,
      body: this.body(children.find((child) => child.name === 'Body')),
    };
  }

  private pattern(node: SyntaxNode): Pattern {
    return this.nesting.within(() => this.nestedPattern(node)) ?? { kind: 'other' };
  }

  private nestedPattern(node: SyntaxNode): Pattern {
    const children = childrenOf(node);
    const [first] = children;
    const inner = children.filter(isPattern);
    switch (node.name) {
      case 'LiteralPattern':
        if (first === undefined || first.type.isError) return { kind: 'other' };
        return { kind: 'value', value: this.literalOfPattern(children, spanOf(node)) };
      case 'AttributePattern':
        return { kind: 'value', value: this.dottedName(children, spanOf(node)) };
      case 'CapturePattern':
      case 'StarPattern': {
        const name = this.read(node).replace(/^\*\s*/, '');
        return { kind: 'capture', name: name === '_' ? null : name };
      }
      case 'OrPattern':
        return { kind: 'alternatives', patterns: inner.map((alternative) => this.pattern(alternative)) };
      case 'AsPattern': {
        const [pattern] = inner;
        const name = children.at(-1);
        return pattern && name
          ? { kind: 'named', pattern: this.pattern(pattern), name: this.read(name) }
          : { kind: 'other' };
      }
      case 'SequencePattern': {
        const [only] = inner;
        // `(pattern)` only groups; `(pattern,)` and `[pattern]` are sequences.
        const isGroup = first?.name === '(' && inner.length === 1 && !children.some(isComma);
        return isGroup && only && only.name !== 'StarPattern' ? this.pattern(only) : this.sequencePattern(inner);
      }
      case 'ClassPattern':
        return this.classPattern(children, spanOf(node));
      case 'MappingPattern':
        return this.mappingPattern(children);
      default:
        return { kind: 'other' };
    }
  }

  private sequencePattern(nodes: readonly SyntaxNode[]): Pattern {
    const items = nodes.map((node) => this.pattern(node));
    return { kind: 'sequence', items, star: nodes.findIndex((node) => node.name === 'StarPattern') };
  }

  private classPattern(children: readonly SyntaxNode[], span: Span): Pattern {
    const list = children.findIndex((child) => child.name === 'PatternArgList');
    const given = childrenOf(children[list]).filter((child) => isPattern(child) && child.from < child.to);
    return {
      kind: 'class',
      type: this.dottedName(children.slice(0, list), span),
      positional: given.filter((child) => child.name !== 'KeywordPattern').map((child) => this.pattern(child)),
      keywords: given.flatMap((child) => {
        const [name, ...rest] = child.name === 'KeywordPattern' ? childrenOf(child) : [];
        const pattern = rest.find(isPattern);
        return name && pattern ? [{ name: this.read(name), pattern: this.pattern(pattern) }] : [];
      }),
    };
  }

  private mappingPattern(children: readonly SyntaxNode[]): Pattern {
    const parts = splitAt(children.slice(1, -1), isComma).filter((part) => part.length > 0);
    const rest = parts.find(([first]) => first?.name === '**')?.[1];
    return {
      kind: 'mapping',
      entries: parts.flatMap(([key, , value]) =>
        key?.name === 'LiteralPattern' && value
          ? [{ key: this.literalOfPattern(childrenOf(key), spanOf(key)), pattern: this.pattern(value) }]
          : [],
      ),
      rest: rest ? this.read(rest) : null,
    };
  }

  /** `-1` stands in a pattern without a node of its own for the sign. */
  private literalOfPattern(children: readonly SyntaxNode[], span: Span): Expression {
    const [first, second] = children;
    if (first && second && this.read(first) === '-') {
      return { kind: 'unary', operator: '-', operand: this.expression(second), ...span };
    }
    return this.expressionList(children, span);
  }

  /** `package.module.Name`, given as its names and points. */
  private dottedName(nodes: readonly SyntaxNode[], span: Span): Expression {
    const [first, ...others] = nodes.filter((node) => /Name$/.test(node.name));
    if (first === undefined) return { kind: 'invalid', ...span };
    return others.reduce<Expression>(
      (object, node) => ({ kind: 'attribute', object, name: this.read(node), from: object.from, to: node.to }),
      { kind: 'name', name: this.read(first), ...spanOf(first) },
    );
  }

  private importStatement(children: readonly SyntaxNode[], span: Span): Statement[] {
    const word = children.findIndex((child) => child.name === 'import');
    if (children[0]?.name === 'import') {
      const modules = splitAt(children.slice(1), isComma)
        .filter((part) => part.length > 0)
        .map((part) => {
          const as = part.findIndex((child) => child.name === 'as');
          const alias = as === -1 ? undefined : part[as + 1];
          const path = (as === -1 ? part : part.slice(0, as)).map((child) => this.read(child)).join('');
          return { path, alias: alias ? this.read(alias) : null };
        });
      return [{ kind: 'import', modules, ...span }];
    }
    if (word === -1) return [{ kind: 'invalid', ...span }];
    const source = children
      .slice(1, word)
      .map((child) => this.read(child))
      .join('');
    const path = source.replace(/^\.+/, '');
    const imported = children.slice(word + 1).filter((child) => child.name !== '(' && child.name !== ')');
    const names = imported.some((child) => child.name === '*')
      ? null
      : splitAt(imported, isComma)
          .filter((part) => part.length > 0)
          .map((part) => {
            const [name] = part;
            const as = part.findIndex((child) => child.name === 'as');
            const alias = as === -1 ? undefined : part[as + 1];
            return { name: name ? this.read(name) : '', alias: alias ? this.read(alias) : null };
          });
    return [{ kind: 'importFrom', path, level: source.length - path.length, names, ...span }];
  }

  private functionDefinition(node: SyntaxNode, decorators: readonly Expression[]): FunctionDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => child.name === 'VariableName');
    const parameters = children.find((child) => child.name === 'ParamList');
    const [body] = bodiesOf(children);
    const { mangling } = this;
    const nesting = this.nesting.here();
    return new LoweredFunction(
      name ? this.read(name) : '',
      spanOf(name ?? node),
      parameters ? this.parameters(parameters) : [],
      decorators,
      spanOf(node),
      new Lazy(() => new Lowering(this.text, nesting, mangling).body(body)),
      new Lazy(() => body !== undefined && holdsYield(body)),
    );
  }

  private classDefinition(node: SyntaxNode, decorators: readonly Expression[]): ClassDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => child.name === 'VariableName');
    const bases = children.find((child) => child.name === 'ArgList');
    const [body] = bodiesOf(children);
    const given = bases ? this.arguments(bases) : [];
    const metaclass = given.find((argument) => argument.form === 'keyword' && argument.name === 'metaclass');
    const className = name ? this.read(name) : '';
    const { mangling } = this;
    this.mangling = manglingOf(className);
    const statements = this.body(body);
    this.mangling = mangling;
    return {
      kind: 'class',
      name: className,
      nameSpan: spanOf(name ?? node),
      bases: given.filter((argument) => argument.form === 'positional').map((argument) => argument.value),
      body: statements,
      // A metaclass decides over the class as a decorator does.
      decorators: metaclass ? [...decorators, metaclass.value] : decorators,
      ...spanOf(node),
    };
  }

  private decorator(node: SyntaxNode): Expression {
    const children = childrenOf(node).filter((child) => child.name !== 'At');
    const argumentList = children.find((child) => child.name === 'ArgList');
    const names = children.filter((child) => child.name === 'VariableName' || child.name === 'PropertyName');
    const [first, ...attributes] = names;
    if (first === undefined) return { kind: 'invalid', ...spanOf(node) };
    const callee = attributes.reduce<Expression>(
      (object, attribute) => ({
        kind: 'attribute',
        object,
        name: this.read(attribute),
        from: first.from,
        to: attribute.to,
      }),
      this.expression(first),
    );
    if (argumentList === undefined) return callee;
    return { kind: 'call', callee, arguments: this.arguments(argumentList), from: first.from, to: argumentList.to };
  }
}

function bodiesOf(children: readonly SyntaxNode[]): SyntaxNode[] {
  return children.filter((child) => child.name === 'Body');
}

/** Whether a function's body yields, not counting functions and classes defined inside it. */
function holdsYield(node: SyntaxNode): boolean {
  return childrenOf(node).some(
    (child) =>
      child.name === 'YieldStatement' ||
      child.name === 'YieldExpression' ||
      (child.name !== 'FunctionDefinition' &&
        child.name !== 'ClassDefinition' &&
        child.name !== 'LambdaExpression' &&
        holdsYield(child)),
  );
}

function isPattern(node: SyntaxNode): boolean {
  return node.name.endsWith('Pattern');
}

function isPunctuation(node: SyntaxNode): boolean {
  return node.name === ':' || node.name === ';';
}
