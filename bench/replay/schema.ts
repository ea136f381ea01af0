import { inspect } from 'node:util';
import { readCatalog } from '../../src/postgres/catalog.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import type { Catalog, Column, Relation } from '../../src/sql/catalog.ts';
import { comparable, differing } from '../locks/comparable.ts';

/** Names of relations and routines of which the schema made of statements and the server's say different things, each with both. */
export async function schemaDifferences(
  applied: Catalog,
  connection: Connection,
): Promise<ReadonlyMap<string, string>> {
  const real = await readCatalog(connection);
  const [a, b] = [facts(withTypes(applied, real)), facts(real)];
  return new Map(differing(a, b).map((name) => [name, parts(a[name], b[name])]));
}

/** A type that nobody can read from a query, and one of an extension, whose schema no statement says, are as the server says. */
function withTypes(applied: Catalog, real: Catalog): Catalog {
  const relations = [...applied.relations].map(([name, relation]): [string, Relation] => {
    const types = new Map(real.relations.get(name)?.columns.map((column) => [column.name, column.type]));
    const isLoose = ({ name: column, type }: Column): boolean =>
      type === 'unknown' || types.get(column)?.endsWith(`.${type}`) === true;
    const columns = relation.columns.map((column) =>
      isLoose(column) ? { ...column, type: types.get(column.name) ?? column.type } : column,
    );
    return [name, { ...relation, columns }];
  });
  return { ...applied, relations: new Map(relations) };
}

/** Routines by name with their arguments, their definitions being printed by the server in its own way. */
function facts(catalog: Catalog): Record<string, unknown> {
  const routines = [...(catalog.routines ?? [])].flatMap(([name, all]) => {
    // Those of extensions are not in any statement.
    const own = all.filter(({ language }) => language !== 'c');
    return own.length === 0
      ? []
      : [[`${name}()`, own.map(({ language, signature }) => `${language} (${signature})`).sort()]];
  });
  const relations = Object.entries(comparable(catalog)).filter(([name]) => !name.startsWith('pg_temp.'));
  return Object.fromEntries([
    ...relations,
    ...routines,
    ...[...catalog.types].map(([name, type]) => [`type ${name}`, type.kind]),
  ]);
}

/** The members of two objects that are not the same. */
function parts(a: unknown, b: unknown): string {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const show = (value: unknown): string =>
    inspect(value, { depth: 5, compact: true, maxArrayLength: null, breakLength: Number.POSITIVE_INFINITY });
  if (!isObject(a) || !isObject(b)) return `${show(a)} is ${show(b)}`;
  return differing(a, b)
    .map((key) => `${key}: ${show(a[key])} is ${show(b[key])}`)
    .join('; ');
}
