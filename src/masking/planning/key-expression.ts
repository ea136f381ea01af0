import { astVisitor, type Expr, parse } from 'pgsql-ast-parser';

/** Columns that an expression reads as nothing but IS NULL and IS NOT NULL. */
export function nullTested(tree: Expr): ReadonlySet<string> {
  const all = new Map<string, number>();
  const tests = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string): void =>
    void counts.set(name, (counts.get(name) ?? 0) + 1);
  astVisitor((visitor) => ({
    ref: ({ name }) => count(all, unquoted(name)),
    unary: (node) => {
      const operand = uncast(node.operand);
      if (/^IS (NOT )?NULL$/.test(node.op) && operand.type === 'ref') count(tests, unquoted(operand.name));
      visitor.super().unary(node);
    },
  })).expr(tree);
  return new Set([...all].filter(([name, times]) => tests.get(name) === times).map(([name]) => name));
}

/** Columns that an expression reads; undefined when it is not understood. */
export function columnsRead(expression: string): readonly string[] | undefined {
  const tree = parsed(expression);
  return tree && columnsIn(tree);
}

/** Columns that an expression reads. */
export function columnsIn(tree: Expr): readonly string[] {
  const names = new Set<string>();
  astVisitor(() => ({ ref: ({ name }) => void names.add(unquoted(name)) })).expr(tree);
  return [...names];
}

/** An expression as pg_get_expr writes it; undefined when it is not understood. */
export function parsed(expression: string): Expr | undefined {
  try {
    return parse(expression, 'expr');
  } catch {
    return undefined;
  }
}

// pgsql-ast-parser 12 leaves a doubled quote inside a quoted name as it stands.
function unquoted(name: string): string {
  return name.replaceAll('""', '"');
}

/** `email`, `(email)::text`, `lower((email)::text)`: values that are as different as the column's, case apart. */
export function plainColumn(tree: Expr): { readonly name: string; readonly folded: boolean } | undefined {
  const inner = uncast(tree);
  if (inner.type === 'ref') return { name: unquoted(inner.name), folded: false };
  if (inner.type !== 'call' || !['lower', 'upper'].includes(inner.function.name)) return undefined;
  const [argument, ...others] = inner.args;
  const column = argument && others.length === 0 ? uncast(argument) : undefined;
  return column?.type === 'ref' ? { name: unquoted(column.name), folded: true } : undefined;
}

/** Without casts between types that hold the same text. */
function uncast(tree: Expr): Expr {
  const texts = ['text', 'varchar', 'character varying', 'citext'];
  if (tree.type !== 'cast' || tree.to.kind === 'array') return tree;
  return texts.includes(tree.to.name) && !tree.to.config ? uncast(tree.operand) : tree;
}
