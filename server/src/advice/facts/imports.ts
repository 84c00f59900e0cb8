/** What imported names of a Python file stand for: `F.cross_entropy` is `torch.nn.functional.cross_entropy`. */
import type { SyntaxNode } from '@lezer/common';
import { Lazy } from '../../../../model/lazy';
import type { FileAnalysis } from '../../analysis';
import { enclosing, textOf } from '../../rewrite/nodes';

export class ImportedNames {
  private readonly paths = new Lazy(() => importsOf(this.analysis));

  constructor(private readonly analysis: Pick<FileAnalysis, 'tree' | 'text' | 'language'>) {}

  /** The full dotted path of a name or of an attribute of one; null where it does not begin with something imported. */
  pathOf(node: SyntaxNode): string | null {
    const { text } = this.analysis;
    if (node.name === 'VariableName') return this.paths.value.get(textOf(text, node)) ?? null;
    const [object, property] = [node.firstChild, node.lastChild];
    if (node.name !== 'MemberExpression' || object === null || property?.name !== 'PropertyName') return null;
    const path = this.pathOf(object);
    return path === null ? null : `${path}.${textOf(text, property)}`;
  }

  /** The name that stands for a module or a member of one; null where it is not imported. */
  nameOf(path: string): string | null {
    for (const [name, imported] of this.paths.value) if (imported === path) return name;
    return null;
  }
}

function importsOf({ tree, text, language }: Pick<FileAnalysis, 'tree' | 'text' | 'language'>): Map<string, string> {
  const paths = new Map<string, string>();
  if (language !== 'python') return paths;
  for (const { index, 0: start } of text.matchAll(/^[ \t]*(?:from|import)\b/gm)) {
    const keyword = tree.resolveInner(index + start.length, -1);
    const statement = keyword.name === 'ImportStatement' ? keyword : enclosing(keyword, 'ImportStatement');
    if (statement === null) continue;
    const written = textOf(text, statement)
      .replace(/#.*$/gm, '')
      .replace(/[()\\\s]+/g, ' ')
      .trim();
    const [, module = null, names = ''] =
      /^from ([\w.]+) import (.*)$/.exec(written) ?? /^(?!from\b)(?:import) ()(.*)$/.exec(written) ?? [];
    if (module === null) continue;
    for (const item of names.split(',')) {
      const [path = '', alias] = item.trim().split(' as ');
      if (path === '') continue;
      if (module !== '') paths.set(alias ?? path, `${module}.${path}`);
      else if (alias !== undefined) paths.set(alias, path);
      else paths.set(path.replace(/\..*/, ''), path.replace(/\..*/, ''));
    }
  }
  return paths;
}
