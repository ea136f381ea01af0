import type { Node, RangeVar } from '@pgsql/types';
import type { Catalog, Relation } from './catalog.ts';
import { isSystemRelation } from './system-relations.ts';

/** The texts of a grammar's list of String nodes: `public`, `orders`. */
export function strings(nodes: readonly Node[] | undefined): readonly string[] {
  const found: string[] = [];
  for (const node of nodes ?? []) if ('String' in node) found.push(node.String.sval ?? '');
  return found;
}

/** The qualified name of a relation that a statement names: found along the search path, else in its first schema. */
export function relationName(catalog: Catalog, range: RangeVar | undefined): string {
  const { relpersistence, schemaname, relname } = range ?? {};
  if (relpersistence === 't' && !schemaname) return `pg_temp.${relname}`;
  if (schemaname !== undefined && relname !== undefined) return `${schemaname}.${relname}`;
  return resolveBare(catalog, schemaname ?? relname ?? '');
}

/** A qualified name as the grammar holds it, with all that inherits from it. */
export function rangeOf(name: string): RangeVar {
  return { schemaname: schemaOf(name), relname: bareName(name), inh: true };
}

/** As `relationName`, for the list form that DROP and COMMENT use. */
export function listedName(catalog: Catalog, node: Node | undefined): string {
  if (node === undefined) return '';
  if ('List' in node) return resolve(catalog, strings(node.List.items));
  if ('TypeName' in node) return resolve(catalog, strings(node.TypeName.names));
  if ('RangeVar' in node) return relationName(catalog, node.RangeVar);
  return resolve(catalog, strings([node]));
}

/** The relation that a statement names, when the catalog knows it. */
export function findRelation(catalog: Catalog, range: RangeVar | undefined): Relation | undefined {
  return catalog.relations.get(relationName(catalog, range));
}

/** A bare name that no schema is known to hold stands in the first one, but for the server's own, which are found before all others. */
export function resolve(catalog: Catalog, parts: readonly string[]): string {
  const [first = '', second] = parts.length > 2 ? parts.slice(-2) : parts;
  return second === undefined ? resolveBare(catalog, first) : `${first}.${second}`;
}

function resolveBare(catalog: Catalog, first: string): string {
  const known = resolved.get(catalog) ?? new Map<string, string>();
  const name = known.get(first) ?? alongSearchPath(catalog, first);
  resolved.set(catalog, known.set(first, name));
  return name;
}

/** What bare names stand for in a schema: asked for again and again while one statement is judged. */
const resolved = new WeakMap<Catalog, Map<string, string>>();

function alongSearchPath(catalog: Catalog, bare: string): string {
  if (isSystemRelation(bare)) return `pg_catalog.${bare}`;
  const schemas = schemasOf(catalog);
  // First of all, unless the path itself says where (documentation 20.11.1, search_path).
  const path = schemas.includes('pg_temp') ? schemas : ['pg_temp', ...schemas];
  const home = path.find((schema) => {
    const name = `${schema}.${bare}`;
    return catalog.relations.has(name) || catalog.types.has(name) || catalog.functions.has(name);
  });
  return `${home ?? (bare.startsWith('pg_') ? 'pg_catalog' : schemas[0])}.${bare}`;
}

/** Where an object that is created under a bare name comes to stand. */
export function newName(catalog: Catalog, range: RangeVar | undefined): string {
  const schema = range?.relpersistence === 't' ? 'pg_temp' : (range?.schemaname ?? schemasOf(catalog)[0]);
  return `${schema}.${range?.relname ?? ''}`;
}

export function newListedName(catalog: Catalog, nodes: readonly Node[] | undefined): string {
  const [first = '', second] = strings(nodes).slice(-2);
  return second === undefined ? `${schemasOf(catalog)[0]}.${first}` : `${first}.${second}`;
}

export function schemaOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

export function bareName(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function schemasOf(catalog: Catalog): readonly string[] {
  const named = catalog.searchPath.filter((schema) => schema !== '$user' && schema !== '');
  return named.length > 0 ? named : ['public'];
}
