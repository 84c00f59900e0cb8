/** Turns Lezer's nodes of Python's expressions, parameters and arguments into abstract syntax. */
import type { SyntaxNode } from '@lezer/common';
import { isComma, Nesting, spanOf, splitAt } from '../nodes';
import type {
  Argument,
  ArithmeticOperator,
  Comparison,
  ComparisonOperator,
  ComprehensionClause,
  Expression,
  FormattedPart,
  Parameter,
  Slice,
  Span,
} from './ast';
import { childrenOf, isExpressionNode } from './nodes';
import { decodeString, hasNamedCharacter } from './strings';

const arithmeticOperators: ReadonlySet<string> = new Set<ArithmeticOperator>([
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '**',
  '@',
  '&',
  '|',
  '^',
  '<<',
  '>>',
]);

export function isArithmetic(operator: string): operator is ArithmeticOperator {
  return arithmeticOperators.has(operator);
}

const comparisonOperators: ReadonlySet<string> = new Set<ComparisonOperator>([
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
  'is',
  'is not',
]);

function isComparison(operator: string): operator is ComparisonOperator {
  return comparisonOperators.has(operator);
}

function isPrivateName(written: string): boolean {
  return /^__[\p{L}\p{N}_]*$/u.test(written) && !written.endsWith('__');
}

/** Reads expressions, each within others and within the statements around. */
export class ExpressionLowering {
  /** @param mangling what Python puts before private names (`__x`) of the class around; empty outside of classes */
  constructor(
    protected readonly text: string,
    protected readonly nesting = new Nesting(),
    protected mangling = '',
  ) {}

  protected parameters(node: SyntaxNode): Parameter[] {
    const inner = childrenOf(node).filter((child) => child.name !== '(' && child.name !== ')');
    const result: Parameter[] = [];
    let isKeywordOnly = false;
    for (const part of splitAt(inner, isComma)) {
      const [first, second] = part;
      if (first === undefined) {
        // A lone `/` has no node of its own: what stands before it is positional only.
        result.forEach((parameter, index) => {
          if (parameter.form === 'plain') result[index] = { ...parameter, form: 'positionalOnly' };
        });
        continue;
      }
      const isRest = first.name === '*' || first.name === '**';
      const name = isRest ? second : first;
      if (name === undefined) {
        isKeywordOnly = true;
        continue;
      }
      const assignment = part.findIndex((child) => child.name === 'AssignOp');
      const defaultNode = assignment === -1 ? undefined : part[assignment + 1];
      const annotation = childrenOf(part.find((child) => child.name === 'TypeDef')).find(isExpressionNode);
      const form =
        first.name === '*' ? 'rest' : first.name === '**' ? 'restKeywords' : isKeywordOnly ? 'keywordOnly' : 'plain';
      result.push({
        name: this.read(name),
        form,
        default: defaultNode ? this.expression(defaultNode) : null,
        annotation: annotation ? this.expression(annotation) : null,
        ...spanOf(name),
      });
      if (first.name === '*') isKeywordOnly = true;
    }
    return result;
  }

  protected arguments(node: SyntaxNode): Argument[] {
    const inner = childrenOf(node).filter((child) => child.name !== '(' && child.name !== ')');
    if (inner.some((child) => child.name === 'for')) {
      // `f(x for x in y)`: the parentheses of the call are the generator's.
      const value = this.comprehension(inner, 'generator', spanOf(node));
      return [{ form: 'positional', name: null, value, ...spanOf(node) }];
    }
    const result: Argument[] = [];
    for (const part of splitAt(inner, isComma)) {
      const [first, second, third] = part;
      const last = part.at(-1);
      if (first === undefined || last === undefined) continue;
      const span = { from: first.from, to: last.to };
      if (first.name === '*' || first.name === '**') {
        const value = this.optional(second, span);
        result.push({ form: first.name === '*' ? 'spread' : 'spreadKeywords', name: null, value, ...span });
      } else if (second?.name === 'AssignOp') {
        result.push({ form: 'keyword', name: this.read(first), value: this.optional(third, span), ...span });
      } else {
        result.push({ form: 'positional', name: null, value: this.expressionList(part, span), ...span });
      }
    }
    return result;
  }

  /** One expression, or a tuple where commas stand between several: the right side of an assignment, a `return`. */
  protected expressionList(nodes: readonly SyntaxNode[], span: Span): Expression {
    const [first] = nodes;
    const last = nodes.at(-1);
    if (first === undefined || last === undefined) return { kind: 'invalid', ...span };
    if (nodes.length === 1) return this.expression(first);
    if (!nodes.some(isComma) && first.name !== '*') {
      const expressions = nodes.filter(isExpressionNode);
      const [only] = expressions;
      return expressions.length === 1 && only
        ? this.expression(only)
        : { kind: 'invalid', from: first.from, to: last.to };
    }
    return { kind: 'tuple', items: this.commaSeparated(nodes), from: first.from, to: last.to };
  }

  protected commaSeparated(nodes: readonly SyntaxNode[]): Expression[] {
    const result: Expression[] = [];
    for (const part of splitAt(nodes, isComma)) {
      const [first, second] = part;
      if (first === undefined) continue;
      if (first.name === '*') {
        const value = this.optional(second, spanOf(first));
        result.push({ kind: 'starred', value, from: first.from, to: value.to });
      } else result.push(this.expression(first));
    }
    return result;
  }

  protected optional(node: SyntaxNode | undefined, span: Span): Expression {
    return node ? this.expression(node) : { kind: 'invalid', ...span };
  }

  protected expression(node: SyntaxNode): Expression {
    return this.nesting.within(() => this.nestedExpression(node)) ?? { kind: 'invalid', ...spanOf(node) };
  }

  private nestedExpression(node: SyntaxNode): Expression {
    const span = spanOf(node);
    const children = childrenOf(node);
    switch (node.name) {
      case 'VariableName':
        return { kind: 'name', name: this.read(node), ...span };
      case 'Number':
        return this.number(node);
      case 'String':
        if (hasNamedCharacter(this.read(node))) return { kind: 'invalid', ...span };
        return { kind: 'string', value: decodeString(this.read(node)), ...span };
      case 'FormatString':
        return { kind: 'formattedString', parts: this.formattedParts(node), ...span };
      case 'ContinuedString':
        return this.joinedString(children, span);
      case 'Boolean':
        return { kind: 'constant', value: this.read(node) === 'True', ...span };
      case 'None':
        return { kind: 'constant', value: null, ...span };
      case 'Ellipsis':
        return { kind: 'constant', value: 'ellipsis', ...span };
      case 'ParenthesizedExpression': {
        const inner = children.slice(1, -1);
        return this.expressionList(inner, span);
      }
      case 'TupleExpression':
        return { kind: 'tuple', items: this.commaSeparated(children.slice(1, -1)), ...span };
      case 'ArrayExpression':
        return { kind: 'list', items: this.commaSeparated(children.slice(1, -1)), ...span };
      case 'SetExpression':
        return { kind: 'set', items: this.commaSeparated(children.slice(1, -1)), ...span };
      case 'DictionaryExpression':
        return this.dictionary(children.slice(1, -1), span);
      case 'ArrayComprehensionExpression':
        return this.comprehension(children.slice(1, -1), 'list', span);
      case 'SetComprehensionExpression':
        return this.comprehension(children.slice(1, -1), 'set', span);
      case 'DictionaryComprehensionExpression':
        return this.comprehension(children.slice(1, -1), 'dictionary', span);
      case 'ComprehensionExpression':
        return this.comprehension(children.slice(1, -1), 'generator', span);
      case 'MemberExpression':
        return this.member(children, span);
      case 'CallExpression': {
        const [callee, argumentList] = children;
        return {
          kind: 'call',
          callee: this.optional(callee, span),
          arguments: argumentList ? this.arguments(argumentList) : [],
          ...span,
        };
      }
      case 'UnaryExpression': {
        const operator = children[0] ? this.read(children[0]) : '';
        if (operator === 'not') return this.logical(node);
        const operand = this.optional(children[1], span);
        if (operator === '-' || operator === '+' || operator === '~') {
          return { kind: 'unary', operator, operand, ...span };
        }
        return { kind: 'invalid', ...span };
      }
      case 'BinaryExpression':
        return isLogical(node) ? this.logical(node) : this.binary(children, span);
      case 'ConditionalExpression': {
        const [whenTrue, , condition, , whenFalse] = children;
        return {
          kind: 'conditional',
          condition: this.optional(condition, span),
          whenTrue: this.optional(whenTrue, span),
          whenFalse: this.optional(whenFalse, span),
          ...span,
        };
      }
      case 'LambdaExpression': {
        const parameters = children.find((child) => child.name === 'ParamList');
        const colon = children.findIndex((child) => child.name === ':');
        return {
          kind: 'lambda',
          parameters: parameters ? this.parameters(parameters) : [],
          body: this.optional(children[colon + 1], span),
          ...span,
        };
      }
      case 'NamedExpression': {
        const [target, , value] = children;
        if (target?.name !== 'VariableName') return { kind: 'invalid', ...span };
        return {
          kind: 'namedExpression',
          target: { kind: 'name', name: this.read(target), ...spanOf(target) },
          value: this.optional(value, span),
          ...span,
        };
      }
      case 'AwaitExpression':
      case 'YieldExpression': {
        const operand = children.filter(isExpressionNode);
        return {
          kind: 'suspension',
          word: node.name === 'AwaitExpression' ? 'await' : 'yield',
          operand: operand.length > 0 ? this.expressionList(operand, span) : null,
          ...span,
        };
      }
      default:
        return { kind: 'invalid', ...span };
    }
  }

  private number(node: SyntaxNode): Expression {
    const written = this.read(node).replaceAll('_', '');
    const span = spanOf(node);
    if (/j$/i.test(written)) return { kind: 'invalid', ...span };
    const isInteger = /^(0[xob][\da-f]+|\d+)$/i.test(written);
    const value = Number(written);
    return Number.isNaN(value) ? { kind: 'invalid', ...span } : { kind: 'number', value, isInteger, ...span };
  }

  /** `1.` and `2.e3`, which the grammar takes for an attribute of an integer. */
  private trailingPoint(span: Span): Expression {
    const value = Number(this.text.slice(span.from, span.to).replaceAll('_', ''));
    return Number.isNaN(value) ? { kind: 'invalid', ...span } : { kind: 'number', value, isInteger: false, ...span };
  }

  private joinedString(children: readonly SyntaxNode[], span: Span): Expression {
    const parts = children.flatMap((child) =>
      child.name === 'FormatString' ? this.formattedParts(child) : [decodeString(this.read(child))],
    );
    if (parts.every((part) => typeof part === 'string')) return { kind: 'string', value: parts.join(''), ...span };
    return { kind: 'formattedString', parts, ...span };
  }

  private formattedParts(node: SyntaxNode): (string | FormattedPart)[] {
    const written = this.read(node);
    const prefix = /^[a-z]*("""|'''|"|')/i.exec(written);
    const quoteLength = prefix?.[1]?.length ?? 1;
    const parts: (string | FormattedPart)[] = [];
    let position = node.from + (prefix?.[0].length ?? 1);
    const end = node.to - quoteLength;
    const literal = (to: number): void => {
      if (to > position) parts.push(this.text.slice(position, to).replaceAll('{{', '{').replaceAll('}}', '}'));
    };
    for (const child of childrenOf(node)) {
      if (child.name !== 'FormatReplacement') continue;
      literal(child.from);
      const inner = childrenOf(child);
      const expression = inner.find(isExpressionNode);
      const specification = inner.find((part) => part.name === 'FormatSpec');
      const isPlain =
        !inner.some((part) => part.name === 'FormatConversion') && !specification?.firstChild?.nextSibling;
      parts.push({
        expression: this.optional(expression, spanOf(child)),
        specification: isPlain ? (specification ? this.read(specification).slice(1) : '') : null,
      });
      position = child.to;
    }
    literal(end);
    return parts;
  }

  private dictionary(nodes: readonly SyntaxNode[], span: Span): Expression {
    const entries = splitAt(nodes, isComma)
      .filter((part) => part.length > 0)
      .map((part) => {
        const [first, second, third] = part;
        if (first?.name === '**') return { key: null, value: this.optional(second, span) };
        return { key: this.optional(first, span), value: this.optional(third, span) };
      });
    return { kind: 'dictionary', entries, ...span };
  }

  private comprehension(
    nodes: readonly SyntaxNode[],
    of: 'list' | 'set' | 'dictionary' | 'generator',
    span: Span,
  ): Expression {
    const start = nodes.findIndex((node) => node.name === 'for');
    const head = nodes.slice(0, start).filter((node) => node.name !== 'async');
    const [element, , value] = head;
    const clauses: ComprehensionClause[] = [];
    for (const part of splitAt(nodes.slice(start + 1), (node) => node.name === 'for')) {
      const middle = part.findIndex((node) => node.name === 'in');
      const [iterable, ...conditions] = splitAt(part.slice(middle + 1), (node) => node.name === 'if');
      clauses.push({
        target: this.expressionList(part.slice(0, middle), span),
        iterable: this.expressionList(iterable ?? [], span),
        conditions: conditions.map((condition) => this.expressionList(condition, span)),
      });
    }
    return {
      kind: 'comprehension',
      of,
      element: this.optional(element, span),
      value: of === 'dictionary' ? this.optional(value, span) : null,
      clauses,
      ...span,
    };
  }

  private member(children: readonly SyntaxNode[], span: Span): Expression {
    const [object, second, third] = children;
    if (object?.name === 'Number' && second?.name === '.') return this.trailingPoint(span);
    const owner = this.optional(object, span);
    if (second?.name === '.') {
      if (third?.name !== 'PropertyName') return { kind: 'invalid', ...span };
      return { kind: 'attribute', object: owner, name: this.read(third), ...span };
    }
    const inner = children.slice(2).filter((child) => child.name !== ']');
    const parts = splitAt(inner, isComma);
    const indices = parts.filter((part) => part.length > 0).map((part) => this.index(part, span));
    return { kind: 'subscript', object: owner, indices, isTuple: inner.some(isComma), ...span };
  }

  private index(part: readonly SyntaxNode[], span: Span): Expression | Slice {
    if (!part.some((node) => node.name === ':')) return this.expressionList(part, span);
    const [lower, upper, step] = splitAt(part, (node) => node.name === ':').map((nodes) => nodes[0]);
    const last = part.at(-1);
    return {
      kind: 'slice',
      lower: lower ? this.expression(lower) : null,
      upper: upper ? this.expression(upper) : null,
      step: step ? this.expression(step) : null,
      from: part[0]?.from ?? span.from,
      to: last?.to ?? span.to,
    };
  }

  /**
   * A chain of `and`, `or` and `not`. The grammar lets `not a or b` negate the whole; Python's `not` binds closer than `and`, and
   * `and` closer than `or`, so the chain is read in order and put together again.
   */
  private logical(node: SyntaxNode): Expression {
    const operands: Expression[] = [];
    const operators: ('and' | 'or')[] = [];
    const visit = (part: SyntaxNode, negations: number): void => {
      const [first, second, third] = childrenOf(part);
      if (isLogical(part) && first && second && third) {
        visit(first, negations);
        operators.push(second.name === 'and' ? 'and' : 'or');
        visit(third, 0);
      } else if (part.name === 'UnaryExpression' && first?.name === 'not' && second) visit(second, negations + 1);
      else {
        let operand = this.expression(part);
        for (let count = 0; count < negations; count++) {
          operand = { kind: 'unary', operator: 'not', operand, from: node.from, to: part.to };
        }
        operands.push(operand);
      }
    };
    visit(node, 0);
    const joined = (operator: 'and' | 'or', parts: readonly Expression[]): Expression =>
      parts.reduce((left, right) => ({ kind: 'logical', operator, left, right, from: left.from, to: right.to }));
    const alternatives: Expression[][] = [[]];
    operands.forEach((operand, index) => {
      if (index > 0 && operators[index - 1] === 'or') alternatives.push([]);
      alternatives.at(-1)?.push(operand);
    });
    return joined(
      'or',
      alternatives.map((parts) => joined('and', parts)),
    );
  }

  private binary(children: readonly SyntaxNode[], span: Span): Expression {
    const [leftNode] = children;
    const rightNode = children.at(-1);
    const operator = children
      .slice(1, -1)
      .map((child) => this.read(child))
      .join(' ');
    const left = this.optional(leftNode, span);
    const right = this.optional(rightNode, span);
    if (isArithmetic(operator)) return { kind: 'binary', operator, left, right, ...span };
    if (!isComparison(operator)) return { kind: 'invalid', ...span };
    const step = { operator, operand: right };
    const isChain = left.kind === 'comparison' && leftNode?.name === 'BinaryExpression';
    const chain: Comparison = isChain
      ? { ...left, steps: [...left.steps, step], ...span }
      : { kind: 'comparison', first: left, steps: [step], ...span };
    return chain;
  }

  protected read(node: SyntaxNode): string {
    const written = this.text.slice(node.from, node.to);
    return this.mangling !== '' && isPrivateName(written) ? `${this.mangling}${written}` : written;
  }
}

function isLogical(node: SyntaxNode): boolean {
  if (node.name !== 'BinaryExpression') return false;
  const operator = childrenOf(node)[1]?.name;
  return operator === 'and' || operator === 'or';
}
