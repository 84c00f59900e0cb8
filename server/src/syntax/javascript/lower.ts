/** Turns Lezer's concrete JavaScript tree into the abstract syntax of `ast.ts`; total: what is broken becomes `invalid`. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { isComma, Nesting, spanOf, splitAt } from '../nodes';
import type {
  ArithmeticOperator,
  Assignment,
  Binding,
  ClassDefinition,
  ClassMember,
  ComparisonOperator,
  Declaration,
  ExportedName,
  Expression,
  FunctionDefinition,
  ImportedName,
  Item,
  Key,
  LogicalOperator,
  Module,
  ObjectEntry,
  Parameter,
  Pattern,
  Span,
  Statement,
  Unary,
} from './ast';
import { decodeEscapes, decodeLiteral } from './strings';

export function lowerModule(tree: Tree, text: string): Module {
  const lowering = new Lowering(text);
  const { topNode } = tree;
  if (topNode.name === 'SingleExpression') return { body: [lowering.exportsOf(topNode)] };
  return { body: lowering.statements(childrenOf(topNode)) };
}

/** Valid JavaScript that the grammar does not know. */
export function isValidJavaScript(error: SyntaxNode): boolean {
  if (error.parent?.name === 'ExpressionStatement') return isAssignedDisplay(error.parent);
  // `export default class extends Base {}`: the grammar wants a name.
  return error.parent?.name === 'ClassDeclaration' && error.firstChild?.name === 'extends';
}

/** `[this.a, this.b] = …`: the grammar takes apart into variables only, and reads an array, an error and a statement. */
function isAssignedDisplay(statement: SyntaxNode): boolean {
  const [display, error] = childrenOf(statement);
  return (
    display?.name === 'ArrayExpression' &&
    error?.firstChild?.name === 'Equals' &&
    statement.nextSibling?.name === 'ExpressionStatement'
  );
}

const arithmeticOperators: ReadonlySet<string> = new Set<ArithmeticOperator>([
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '>>>',
]);
const comparisonOperators: ReadonlySet<string> = new Set<ComparisonOperator>([
  '==',
  '===',
  '!=',
  '!==',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'instanceof',
]);
const unaryOperators: ReadonlySet<string> = new Set<Unary['operator']>([
  '!',
  '-',
  '+',
  '~',
  'typeof',
  'void',
  'delete',
]);

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return arithmeticOperators.has(operator);
}
function isComparison(operator: string): operator is ComparisonOperator {
  return comparisonOperators.has(operator);
}
function isLogical(operator: string): operator is LogicalOperator {
  return operator === '&&' || operator === '||' || operator === '??';
}
function isUnary(operator: string): operator is Unary['operator'] {
  return unaryOperators.has(operator);
}

class Lowering {
  private readonly nesting = new Nesting();

  constructor(private readonly text: string) {}

  statements(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap((node, index) => {
      const before = nodes[index - 1];
      if (node.name === 'ExpressionStatement' && isAssignedDisplay(node)) return [];
      const isValue = before?.name === 'ExpressionStatement' && isAssignedDisplay(before);
      return isValue ? [this.displayAssignment(before, node)] : this.statement(node);
    });
  }

  /** JSON as a module: `module.exports = …`. */
  exportsOf(json: SyntaxNode): Statement {
    const span = { from: json.from, to: json.to };
    const module: Expression = { kind: 'name', name: 'module', ...span };
    const target: Pattern = { kind: 'property', object: module, key: 'exports', ...span };
    const value = this.optional(childrenOf(json).find(isExpression), span);
    const expression: Expression = { kind: 'assignment', target, held: module, operator: null, value, ...span };
    return { kind: 'expressionStatement', expression, ...span };
  }

  private displayAssignment(display: SyntaxNode, node: SyntaxNode): Statement {
    const span = { from: display.from, to: node.to };
    const [target] = childrenOf(display);
    const expression: Expression = {
      kind: 'assignment',
      target: target ? this.pattern(target) : { kind: 'invalid', ...span },
      held: { kind: 'invalid', ...span },
      operator: null,
      value: this.optional(childrenOf(node).find(isExpression), span),
      ...span,
    };
    return { kind: 'expressionStatement', expression, ...span };
  }

  /** No statement for what is only a type; several for what TypeScript's namespaces hold. */
  private statement(node: SyntaxNode): Statement[] {
    return this.nesting.within(() => this.nestedStatement(node)) ?? [];
  }

  /** The body of a loop or a branch, which may be no block. */
  private bodyOf(node: SyntaxNode | undefined): Statement {
    const span = node ? spanOf(node) : { from: 0, to: 0 };
    const [only, ...others] = node ? this.statement(node) : [];
    if (only === undefined) return { kind: 'empty', ...span };
    return others.length === 0 ? only : { kind: 'block', body: [only, ...others], ...span };
  }

  private nestedStatement(node: SyntaxNode): Statement[] {
    const span = spanOf(node);
    const children = childrenOf(node);
    switch (node.name) {
      case 'ExpressionStatement':
        return [{ kind: 'expressionStatement', expression: this.optional(children.find(isExpression), span), ...span }];
      case 'VariableDeclaration':
        return [this.declaration(children, span)];
      case 'FunctionDeclaration':
        return [this.functionDefinition(node)];
      case 'ClassDeclaration':
        return [this.classDefinition(node)];
      case 'Block':
        return [{ kind: 'block', body: this.statements(insideOf(children)), ...span }];
      case 'IfStatement': {
        const [condition, body, otherwise] = children.filter(({ name }) => name !== 'if' && name !== 'else');
        return [
          {
            kind: 'if',
            condition: this.optional(condition, span),
            body: this.bodyOf(body),
            otherwise: otherwise ? this.bodyOf(otherwise) : null,
            ...span,
          },
        ];
      }
      case 'ForStatement':
        return [this.loop(children, span)];
      case 'WhileStatement':
      case 'DoStatement': {
        const parts = children.filter(({ name }) => name !== 'while' && name !== 'do' && name !== ';');
        const runsFirst = node.name === 'DoStatement';
        const [condition, body] = runsFirst ? parts.toReversed() : parts;
        return [
          { kind: 'while', condition: this.optional(condition, span), body: this.bodyOf(body), runsFirst, ...span },
        ];
      }
      case 'SwitchStatement':
        return [this.choice(children, span)];
      case 'TryStatement':
        return [this.attempt(children, span)];
      case 'ReturnStatement': {
        const value = children.find(isExpression);
        return [{ kind: 'return', value: value ? this.expression(value) : null, ...span }];
      }
      case 'ThrowStatement':
        return [{ kind: 'throw', value: this.optional(children.find(isExpression), span), ...span }];
      case 'BreakStatement':
      case 'ContinueStatement': {
        const kind = node.name === 'BreakStatement' ? 'break' : 'continue';
        return [{ kind, isLabelled: children.some(({ name }) => name === 'Label'), ...span }];
      }
      case 'LabeledStatement': {
        const body = children.at(-1);
        return body ? this.statement(body) : [];
      }
      case 'ImportDeclaration':
        return this.importDeclaration(children, span);
      case 'ExportDeclaration':
        return this.exportDeclaration(children, span);
      case 'EnumDeclaration':
        return [this.enumeration(children, span)];
      case 'NamespaceDeclaration':
        return this.statements(insideOf(childrenOf(children.find(({ name }) => name === 'Block'))));
      default:
        // Types, interfaces, ambient declarations, stray punctuation, and whatever recovery produced.
        return [];
    }
  }

  private declaration(children: readonly SyntaxNode[], span: Span): Declaration {
    const parts = splitAt(children.slice(1), ({ name }) => name === ',' || name === ';').filter(
      ({ length }) => length > 0,
    );
    return {
      kind: 'declaration',
      isBlockScoped: children[0]?.name !== 'var',
      declared: parts.map((part) => {
        const { target, default: value } = this.binding(part, span);
        return { target, value };
      }),
      ...span,
    };
  }

  /** `target`, `target = value` or `target: Type = value`. */
  private binding(nodes: readonly SyntaxNode[], span: Span): Binding {
    const equals = nodes.findIndex(({ name }) => name === 'Equals');
    const target = (equals === -1 ? nodes : nodes.slice(0, equals)).find(isPattern);
    const value = equals === -1 ? undefined : nodes.slice(equals + 1).find(isExpression);
    return {
      target: target ? this.pattern(target) : { kind: 'invalid', ...span },
      default: value ? this.expression(value) : null,
    };
  }

  private pattern(node: SyntaxNode): Pattern {
    const span = spanOf(node);
    const children = childrenOf(node);
    switch (node.name) {
      case 'VariableDefinition':
      case 'VariableName':
        return { kind: 'name', name: this.read(node), ...span };
      case 'MemberExpression': {
        const member = this.expression(node);
        if (member.kind === 'member') return { kind: 'property', object: member.object, key: member.name, ...span };
        if (member.kind === 'index') return { kind: 'property', object: member.object, key: member.index, ...span };
        return { kind: 'invalid', ...span };
      }
      case 'ParenthesizedExpression':
      case 'PostfixExpression':
      case 'BinaryExpression': {
        // `(a)`, `a!` and `a as T` are assignable where `a` is.
        const inner = children.find(isPattern);
        return inner ? this.pattern(inner) : { kind: 'invalid', ...span };
      }
      case 'ArrayPattern':
      case 'ArrayExpression': {
        const parts = splitAt(insideOf(children), isComma);
        // A comma after the last item adds no item.
        if (parts.at(-1)?.length === 0) parts.pop();
        const rest = parts.find(([first]) => first?.name === 'Spread')?.[1];
        const items = parts
          .filter(([first]) => first?.name !== 'Spread')
          .map((part) => (part.length === 0 ? null : this.binding(part, span)));
        return { kind: 'arrayPattern', items, rest: rest ? this.pattern(rest) : null, ...span };
      }
      case 'ObjectPattern': {
        const properties = children.filter(({ name }) => name === 'PatternProperty').map(childrenOf);
        const rest = properties.find(([first]) => first?.name === 'Spread')?.[1];
        const entries = properties
          .filter(([first]) => first?.name !== 'Spread')
          .map((parts) => this.patternProperty(parts, span));
        return { kind: 'objectPattern', entries, rest: rest ? this.pattern(rest) : null, ...span };
      }
      default:
        return { kind: 'invalid', ...span };
    }
  }

  /** `key`, `key = value`, `key: pattern = value` or `[key]: pattern`. */
  private patternProperty(parts: readonly SyntaxNode[], span: Span): { key: Key; binding: Binding } {
    const colon = parts.findIndex(({ name }) => name === ':');
    const [first] = parts;
    if (colon === -1) return { key: first ? this.read(first) : '', binding: this.binding(parts, span) };
    return { key: this.key(parts.slice(0, colon), span), binding: this.binding(parts.slice(colon + 1), span) };
  }

  private key(nodes: readonly SyntaxNode[], span: Span): Key {
    const [first, second] = nodes;
    if (first?.name === '[') return this.optional(second, span);
    if (first?.name === 'String') return decodeLiteral(this.read(first));
    if (first?.name === 'Number') return String(Number(this.read(first)));
    return first ? this.read(first) : '';
  }

  private loop(children: readonly SyntaxNode[], span: Span): Statement {
    const head = children.find(({ name }) => /^For(?:Of|In)?Spec$/.test(name));
    const body = this.bodyOf(children.at(-1) === head ? undefined : children.at(-1));
    const parts = insideOf(childrenOf(head));
    if (head?.name !== 'ForSpec') {
      const middle = parts.findIndex(({ name }) => name === 'of' || name === 'in');
      const target = parts.slice(0, middle).find(isPattern);
      return {
        kind: 'forEach',
        over: head?.name === 'ForInSpec' ? 'keys' : 'items',
        target: target ? this.pattern(target) : { kind: 'invalid', ...span },
        isDeclared: parts.slice(0, middle).some(({ name }) => ['const', 'let', 'var'].includes(name)),
        iterable: this.optional(parts.slice(middle + 1).find(isExpression), span),
        body,
        ...span,
      };
    }
    const [declaration] = parts;
    const isDeclared = declaration?.name === 'VariableDeclaration';
    const [initial, condition, next] = splitAt(isDeclared ? parts.slice(1) : parts, ({ name }) => name === ';').map(
      (part) => part.find(isExpression),
    );
    // A declaration holds its own semicolon.
    const [test, step] = isDeclared ? [initial, condition] : [condition, next];
    const first: Statement | null = isDeclared
      ? this.declaration(childrenOf(declaration), spanOf(declaration))
      : initial
        ? { kind: 'expressionStatement', expression: this.expression(initial), ...spanOf(initial) }
        : null;
    return {
      kind: 'for',
      first,
      condition: test ? this.expression(test) : null,
      next: step ? this.expression(step) : null,
      body,
      ...span,
    };
  }

  private choice(children: readonly SyntaxNode[], span: Span): Statement {
    const subject = children.find(({ name }) => name === 'ParenthesizedExpression');
    const cases: { test: Expression | null; body: Statement[] }[] = [];
    for (const child of insideOf(childrenOf(children.find(({ name }) => name === 'SwitchBody')))) {
      if (child.name === 'CaseLabel') {
        cases.push({ test: this.optional(childrenOf(child).find(isExpression), spanOf(child)), body: [] });
      } else if (child.name === 'DefaultLabel') cases.push({ test: null, body: [] });
      else cases.at(-1)?.body.push(...this.statement(child));
    }
    return { kind: 'switch', subject: this.optional(subject, span), cases, ...span };
  }

  private attempt(children: readonly SyntaxNode[], span: Span): Statement {
    const part = (name: string): readonly SyntaxNode[] => childrenOf(children.find((child) => child.name === name));
    const handler = part('CatchClause');
    const last = part('FinallyClause');
    const target = handler.find(isPattern);
    return {
      kind: 'try',
      body: this.bodyOf(children.find(({ name }) => name === 'Block')),
      handler:
        handler.length === 0
          ? null
          : {
              target: target ? this.pattern(target) : null,
              body: this.bodyOf(handler.find(({ name }) => name === 'Block')),
            },
      finally: last.length === 0 ? null : this.bodyOf(last.find(({ name }) => name === 'Block')),
      ...span,
    };
  }

  private importDeclaration(children: readonly SyntaxNode[], span: Span): Statement[] {
    const source = children.find(({ name }) => name === 'String');
    // `import type` binds nothing that exists when the program runs.
    if (source === undefined || children[1]?.name === 'type') return [];
    const names: ImportedName[] = [];
    children.forEach((child, index) => {
      if (child.name === 'ImportGroup') names.push(...this.importedNames(child));
      else if (child.name === 'VariableDefinition') {
        const isWhole = children[index - 2]?.name === 'Star';
        names.push({ imported: isWhole ? '*' : 'default', local: this.read(child) });
      }
    });
    return [{ kind: 'import', source: decodeLiteral(this.read(source)), names, ...span }];
  }

  private importedNames(group: SyntaxNode): ImportedName[] {
    return splitAt(insideOf(childrenOf(group)), isComma).flatMap((part) => {
      const names = part.filter(({ name }) => /^(?:Variable(?:Name|Definition)|String)$/.test(name));
      const [imported] = names;
      const local = names.at(-1);
      if (imported === undefined || local === undefined || part[0]?.name === 'type') return [];
      return [{ imported: this.read(imported), local: this.read(local) }];
    });
  }

  private exportDeclaration(children: readonly SyntaxNode[], span: Span): Statement[] {
    const isDefault = children[1]?.name === 'default';
    const declared = children.find(({ name }) => name.endsWith('Declaration'));
    if (declared !== undefined) {
      const [statement] = this.statement(declared);
      if (statement === undefined) return [];
      if (!isDefault || (statement.kind !== 'function' && statement.kind !== 'class')) return [statement];
      if (statement.name === null) return [{ kind: 'exportDefault', value: statement, ...span }];
      return [statement, { kind: 'exportDefault', value: { kind: 'name', name: statement.name, ...span }, ...span }];
    }
    const isType = children[1]?.name === 'type';
    const group = children.find(({ name }) => name === 'ExportGroup');
    if (!isDefault && !isType && (group !== undefined || children.some(({ name }) => name === 'Star'))) {
      const source = children.find(({ name }) => name === 'String');
      const names = group === undefined ? [{ local: '*', exported: '*' }] : this.exportedNames(group);
      return [{ kind: 'export', source: source ? decodeLiteral(this.read(source)) : null, names, ...span }];
    }
    const value = isDefault ? children.slice(2).find(isExpression) : undefined;
    return value === undefined ? [] : [{ kind: 'exportDefault', value: this.expression(value), ...span }];
  }

  private exportedNames(group: SyntaxNode): ExportedName[] {
    return splitAt(insideOf(childrenOf(group)), isComma).flatMap((part) => {
      const names = part.filter(({ name }) => /^(?:VariableName|default|String)$/.test(name));
      const [local] = names;
      const exported = names.at(-1);
      return local === undefined || exported === undefined
        ? []
        : [{ local: this.read(local), exported: this.read(exported) }];
    });
  }

  private enumeration(children: readonly SyntaxNode[], span: Span): Statement {
    const name = children.find(({ name: type }) => type === 'TypeDefinition');
    const body = children.find(({ name: type }) => type === 'EnumBody');
    const members = splitAt(insideOf(childrenOf(body)), isComma).flatMap((part) => {
      const [key] = part;
      const value = part.slice(2).find(isExpression);
      if (key === undefined) return [];
      return [{ name: String(this.key([key], span)), value: value ? this.expression(value) : null }];
    });
    return { kind: 'enumeration', name: name ? this.read(name) : '', members, ...span };
  }

  private functionDefinition(node: SyntaxNode): FunctionDefinition {
    const children = childrenOf(node);
    const name = children.find(({ name: type }) => /^(?:Variable|Property|PrivateProperty)Definition$/.test(type));
    const parameters = children.find(({ name: type }) => type === 'ParamList');
    const last = children.at(-1);
    const isArrow = node.name === 'ArrowFunction';
    const form = isArrow ? 'arrow' : node.name.startsWith('Function') ? 'function' : 'method';
    return {
      kind: 'function',
      name: name && !isArrow ? this.read(name) : null,
      form,
      parameters: parameters ? this.parameters(parameters) : [],
      body:
        last?.name === 'Block' ? this.block(last) : isArrow && last && isExpression(last) ? this.expression(last) : [],
      isGenerator: children.some(({ name: type }) => type === 'Star'),
      ...spanOf(node),
    };
  }

  private block(node: SyntaxNode): Statement[] {
    return this.statements(insideOf(childrenOf(node)));
  }

  private parameters(list: SyntaxNode): Parameter[] {
    const children = childrenOf(list);
    const inner = children[0]?.name === '(' ? insideOf(children) : children;
    return splitAt(inner, isComma).flatMap((part): Parameter[] => {
      const [first] = part;
      const last = part.at(-1);
      // TypeScript's `this` parameter is only a type.
      if (first === undefined || last === undefined || first.name === 'this') return [];
      const span = { from: first.from, to: last.to };
      return [
        {
          ...this.binding(part, span),
          isRest: part.some(({ name }) => name === 'Spread'),
          isField: part.some(({ name }) => name === 'Privacy' || name === 'readonly'),
          ...span,
        },
      ];
    });
  }

  private classDefinition(node: SyntaxNode): ClassDefinition {
    const children = childrenOf(node);
    const isUnnamed = children.some((child) => child.type.isError && child.firstChild?.name === 'extends');
    const named = children.find(({ name }) => name === 'VariableDefinition');
    const extended = children.findIndex(({ name }) => name === 'extends');
    const base = isUnnamed ? named : extended === -1 ? undefined : children.slice(extended + 1).find(isExpression);
    const body = children.find(({ name }) => name === 'ClassBody');
    return {
      kind: 'class',
      name: named && !isUnnamed ? this.read(named) : null,
      base: base === undefined ? null : this.expression(base),
      members: insideOf(childrenOf(body)).flatMap((member) => this.classMember(member)),
      ...spanOf(node),
    };
  }

  private classMember(node: SyntaxNode): ClassMember[] {
    const children = childrenOf(node);
    const isStatic = children.some(({ name }) => name === 'static');
    const bracket = children.findIndex(({ name }) => name === '[');
    const named = children.find(({ name }) =>
      /^(?:PropertyDefinition|PrivatePropertyDefinition|String|Number)$/.test(name),
    );
    const key =
      bracket === -1
        ? named
          ? this.key([named], spanOf(node))
          : ''
        : this.optional(children[bracket + 1], spanOf(node));
    if (node.name === 'MethodDeclaration') {
      // Overloads and abstract methods have no body.
      if (!children.some(({ name }) => name === 'Block')) return [];
      const word = children.find(({ name }) => name === 'get' || name === 'set')?.name;
      const form = word === 'get' ? 'getter' : word === 'set' ? 'setter' : 'method';
      return [{ form, isStatic, key, value: this.functionDefinition(node) }];
    }
    if (node.name !== 'PropertyDeclaration') return [];
    const equals = children.findIndex(({ name }) => name === 'Equals');
    const value = equals === -1 ? undefined : children.slice(equals + 1).find(isExpression);
    return [{ form: 'field', isStatic, key, value: value ? this.expression(value) : null }];
  }

  private optional(node: SyntaxNode | undefined, span: Span): Expression {
    return node ? this.expression(node) : { kind: 'invalid', ...span };
  }

  private expression(node: SyntaxNode): Expression {
    return this.nesting.within(() => this.nestedExpression(node)) ?? { kind: 'invalid', ...spanOf(node) };
  }

  private nestedExpression(node: SyntaxNode): Expression {
    const span = spanOf(node);
    const children = childrenOf(node);
    switch (node.name) {
      case 'VariableName':
      case 'VariableDefinition':
        return { kind: 'name', name: this.read(node), ...span };
      case 'Number': {
        const value = Number(this.read(node).replaceAll('_', ''));
        return Number.isNaN(value) ? { kind: 'invalid', ...span } : { kind: 'literal', value, ...span };
      }
      case 'String':
        return { kind: 'literal', value: decodeLiteral(this.read(node)), ...span };
      case 'BooleanLiteral':
        return { kind: 'literal', value: this.read(node) === 'true', ...span };
      case 'null':
        return { kind: 'literal', value: null, ...span };
      case 'this':
      case 'super':
        return { kind: node.name, ...span };
      case 'TemplateString':
        return { kind: 'template', parts: this.templateParts(node, children), ...span };
      case 'ArrayExpression':
        return { kind: 'array', items: this.items(insideOf(children)), ...span };
      case 'ObjectExpression':
        return { kind: 'object', entries: children.flatMap((child) => this.objectEntry(child)), ...span };
      case 'ParenthesizedExpression':
      case 'PrefixCast':
      case 'InstantiationExpression':
        return this.optional(children.find(isExpression), span);
      case 'AwaitExpression':
        // What a promise gives is what stands for it here.
        return this.optional(children.find(isExpression), span);
      case 'SequenceExpression':
        return {
          kind: 'sequence',
          expressions: children.filter(isExpression).map((child) => this.expression(child)),
          ...span,
        };
      case 'MemberExpression':
        return this.member(children, span);
      case 'CallExpression':
      case 'NewExpression': {
        const list = children.find(({ name }) => name === 'ArgList');
        return {
          kind: 'call',
          callee: this.optional(
            children.find((child) => child !== list && isExpression(child)),
            span,
          ),
          arguments: list ? this.items(insideOf(childrenOf(list))) : [],
          isNew: node.name === 'NewExpression',
          isOptional: children.some(({ name }) => name === '?.'),
          ...span,
        };
      }
      case 'DynamicImport':
        return { kind: 'dynamicImport', source: this.optional(children.find(isExpression), span), ...span };
      case 'UnaryExpression':
        return this.unary(children, span);
      case 'PostfixExpression': {
        const [operand, operator] = children;
        // TypeScript's `a!` is `a`.
        if (operand === undefined || operator === undefined || this.read(operator) === '!')
          return this.optional(operand, span);
        return this.step(operator, operand, false, span);
      }
      case 'BinaryExpression':
        return this.binary(children, span);
      case 'ConditionalExpression': {
        const [condition, whenTrue, whenFalse] = children.filter(isExpression);
        return {
          kind: 'conditional',
          condition: this.optional(condition, span),
          whenTrue: this.optional(whenTrue, span),
          whenFalse: this.optional(whenFalse, span),
          ...span,
        };
      }
      case 'AssignmentExpression':
        return this.assignment(children, span);
      case 'ArrowFunction':
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        return this.functionDefinition(node);
      case 'ClassExpression':
      case 'ClassDeclaration':
        return this.classDefinition(node);
      default:
        return { kind: 'invalid', ...span };
    }
  }

  private templateParts(node: SyntaxNode, children: readonly SyntaxNode[]): (string | Expression)[] {
    const parts: (string | Expression)[] = [];
    let position = node.from + 1;
    const literal = (to: number): void => {
      if (to > position) parts.push(decodeEscapes(this.text.slice(position, to)));
    };
    for (const child of children) {
      if (child.name !== 'Interpolation') continue;
      literal(child.from);
      parts.push(this.optional(childrenOf(child).find(isExpression), spanOf(child)));
      position = child.to;
    }
    literal(node.to - 1);
    return parts;
  }

  private items(nodes: readonly SyntaxNode[]): Item[] {
    return splitAt(nodes, isComma).flatMap((part): Item[] => {
      const value = part.find(isExpression);
      return value === undefined
        ? []
        : [{ isSpread: part.some(({ name }) => name === 'Spread'), value: this.expression(value) }];
    });
  }

  private objectEntry(node: SyntaxNode): ObjectEntry[] {
    if (node.name !== 'Property') return [];
    const children = childrenOf(node);
    const span = spanOf(node);
    const [first] = children;
    if (first?.name === 'Spread') return [{ form: 'spread', value: this.optional(children[1], span) }];
    if (children.some(({ name }) => name === 'ParamList')) {
      const words = ['get', 'set', 'async', 'Star'];
      const key = this.key(
        children.filter(({ name }) => !words.includes(name)),
        span,
      );
      const form = first?.name === 'get' ? 'getter' : 'property';
      return first?.name === 'set' ? [] : [{ form, key, value: this.functionDefinition(node) }];
    }
    const colon = children.findIndex(({ name }) => name === ':');
    if (colon === -1) {
      // `{units}` is `{units: units}`.
      const name = first ? this.read(first) : '';
      return [{ form: 'property', key: name, value: { kind: 'name', name, ...span } }];
    }
    const value = this.optional(children.slice(colon + 1).find(isExpression), span);
    return [{ form: 'property', key: this.key(children.slice(0, colon), span), value }];
  }

  private member(children: readonly SyntaxNode[], span: Span): Expression {
    const [object, separator, third] = children;
    const owner = this.optional(object, span);
    const isOptional = separator?.name === '?.';
    const bracket = children.findIndex(({ name }) => name === '[');
    if (bracket !== -1) {
      return { kind: 'index', object: owner, index: this.optional(children[bracket + 1], span), isOptional, ...span };
    }
    if (third?.name !== 'PropertyName' && third?.name !== 'PrivatePropertyName') return { kind: 'invalid', ...span };
    return { kind: 'member', object: owner, name: this.read(third), isOptional, ...span };
  }

  private unary(children: readonly SyntaxNode[], span: Span): Expression {
    const [operator, operand] = children;
    if (operator === undefined || operand === undefined) return { kind: 'invalid', ...span };
    const word = this.read(operator);
    if (isUnary(word)) return { kind: 'unary', operator: word, operand: this.expression(operand), ...span };
    return this.step(operator, operand, true, span);
  }

  private step(operator: SyntaxNode, operand: SyntaxNode, isPrefix: boolean, span: Span): Expression {
    const word = this.read(operator);
    if (word !== '++' && word !== '--') return { kind: 'invalid', ...span };
    return {
      kind: 'update',
      operator: word,
      isPrefix,
      target: this.pattern(operand),
      operand: this.expression(operand),
      ...span,
    };
  }

  private binary(children: readonly SyntaxNode[], span: Span): Expression {
    const [leftNode, operatorNode, rightNode] = children;
    const operator = operatorNode ? this.read(operatorNode) : '';
    const left = this.optional(leftNode, span);
    // `a as T`, `a satisfies T`: types say nothing of values.
    if (operator === 'as' || operator === 'satisfies') return left;
    const right = this.optional(rightNode, span);
    if (isLogical(operator)) return { kind: 'logical', operator, left, right, ...span };
    if (isArithmetic(operator) || isComparison(operator)) return { kind: 'binary', operator, left, right, ...span };
    return { kind: 'invalid', ...span };
  }

  private assignment(children: readonly SyntaxNode[], span: Span): Expression {
    const at = children.findIndex(({ name }) => name === 'Equals' || name === 'UpdateOp');
    const [targetNode] = children;
    const operatorNode = children[at];
    if (targetNode === undefined || operatorNode === undefined) return { kind: 'invalid', ...span };
    const word = this.read(operatorNode).slice(0, -1);
    const operator: Assignment['operator'] = isArithmetic(word) || isLogical(word) ? word : null;
    return {
      kind: 'assignment',
      target: this.pattern(targetNode),
      held: this.expression(targetNode),
      operator,
      value: this.optional(children.slice(at + 1).find(isExpression), span),
      ...span,
    };
  }

  private read(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }
}

function childrenOf(node: SyntaxNode | undefined): SyntaxNode[] {
  const result: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) {
    const isGap = child.type.isError && child.from === child.to;
    if (child.name !== 'LineComment' && child.name !== 'BlockComment' && !isGap) result.push(child);
  }
  return result;
}

/** What stands between the first and the last bracket. A missing closing bracket leaves the last child in place. */
function insideOf(children: readonly SyntaxNode[]): readonly SyntaxNode[] {
  return children.slice(1, isClosing(children.at(-1)) ? -1 : undefined);
}

function isClosing(node: SyntaxNode | undefined): boolean {
  return node !== undefined && [')', ']', '}'].includes(node.name);
}

const expressionWords: ReadonlySet<string> = new Set(['this', 'super', 'null']);
/** Nodes with capitals that are operators, types or other parts of something, not values. */
const otherNodes: ReadonlySet<string> = new Set([
  'Equals',
  'Spread',
  'Arrow',
  'Star',
  'ArgList',
  'ParamList',
  'Optional',
  'Block',
  'ArithOp',
  'LogicOp',
  'BitOp',
  'CompareOp',
  'UpdateOp',
  'Privacy',
  'PropertyName',
  'PropertyDefinition',
  'Label',
]);

/** Expressions have names that start with a capital; keywords, operators and brackets are named as they are written. */
function isExpression(node: SyntaxNode): boolean {
  if (expressionWords.has(node.name)) return true;
  return (
    /^[A-Z]/.test(node.name) &&
    !otherNodes.has(node.name) &&
    !/(?:Type|TypeName|TypeAnnotation|TypeArgList)$/.test(node.name)
  );
}

function isPattern(node: SyntaxNode): boolean {
  return /^(?:Variable(?:Definition|Name)|(?:Array|Object)Pattern|MemberExpression|ParenthesizedExpression|PostfixExpression)$/.test(
    node.name,
  );
}
