import { isDeepStrictEqual } from 'node:util';
import type { Catalog, Constraint, Relation } from '../../src/sql/catalog.ts';

/** Relations by name with all that both ways can know: no sizes, no texts (the server prints its own), no columns of views. */
export function comparable({ relations }: Catalog): Record<string, unknown> {
  const isView = (name: string): boolean => relations.get(name)?.kind === 'view';
  const entries = [...relations.values()]
    .filter(({ name }) => !isForeign(name))
    .map((relation) => [relation.name, facts(relation, isView)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the server is not asked for: the schemas of the system and of temporary relations. */
function isForeign(name: string): boolean {
  return /^(pg_|information_schema\.)/.test(name);
}

type IsView = (name: string) => boolean;

/** Names under which the two hold something else. */
export function differing(a: Record<string, unknown>, b: Record<string, unknown>): readonly string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.filter((name) => !isDeepStrictEqual(a[name], b[name]));
}

function facts({ rows: _, bytes: __, isNew: ___, ...relation }: Relation, isView: IsView): object {
  const isQuery = relation.kind === 'view' || relation.kind === 'materialized view';
  return {
    ...relation,
    columns: isQuery
      ? []
      : relation.columns.map((column) => ({ ...column, default: column.default !== undefined })),
    constraints: relation.constraints
      .filter(({ kind }) => kind !== 'not null')
      .map(plain)
      .sort(),
    parents: relation.parents.filter((name) => !isForeign(name)).sort(),
    ...(relation.readColumns ? { readColumns: sortedColumns(relation.readColumns, isView) } : {}),
    ...(relation.reads ? { reads: relation.reads.filter((name) => !isForeign(name)).sort() } : {}),
    indexColumns: relation.indexColumns.map((column) =>
      /^\w+$/.test(column) && column !== 'true' ? column : 'an expression',
    ),
    ...(relation.otherColumns ? { otherColumns: [...relation.otherColumns].sort() } : {}),
    ...(relation.predicate === undefined ? {} : { predicate: 'a condition' }),
    ...(relation.rules ? { rules: relation.rules.map((rule) => ({ ...rule, definition: '' })) } : {}),
  };
}

function sortedColumns(read: NonNullable<Relation['readColumns']>, isView: IsView): object {
  const entries = Object.entries(read).filter(([name]) => !isView(name) && !isForeign(name));
  return Object.fromEntries(
    entries.map(([name, columns]): [string, string[]] => [name, [...columns].sort()]).sort(),
  );
}

function plain({ expression, ...constraint }: Constraint): string {
  const entries = Object.entries({
    ...constraint,
    references: isForeign(constraint.references ?? '') ? undefined : constraint.references,
    columns: [...constraint.columns].sort(),
    expression: expression !== undefined,
  });
  return JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== undefined).sort()));
}
