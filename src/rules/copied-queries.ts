import type { CreateTableAsStmt, Node, RangeVar } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { readThrough } from '../sql/graph.ts';
import { bareName, schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { namedRelations } from '../sql/walk.ts';
import { stoodBefore } from './standing.ts';

/** A statement that fills a new relation from a query: CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW. */
export type Filled = {
  readonly target: RangeVar;
  readonly kind: 'table' | 'materialized view';
  readonly query: object;
};

/** What the statement fills from a query; undefined when it fills nothing: WITH NO DATA, LIMIT 0, WHERE false. */
export function filledByQuery({ node }: Statement): Filled | undefined {
  if ('SelectStmt' in node) {
    const target = node.SelectStmt.intoClause?.rel;
    return target && !isEmpty(node)
      ? { target, kind: 'table', query: { ...node, into: undefined } }
      : undefined;
  }
  return 'CreateTableAsStmt' in node ? filledBy(node.CreateTableAsStmt) : undefined;
}

function filledBy({ into, query, objtype }: CreateTableAsStmt): Filled | undefined {
  if (into?.rel === undefined || into.skipData || query === undefined || isEmpty(query)) return undefined;
  return { target: into.rel, kind: objtype === 'OBJECT_MATVIEW' ? 'materialized view' : 'table', query };
}

function isEmpty(node: Node): boolean {
  if (!('SelectStmt' in node)) return false;
  const { limitCount, whereClause } = node.SelectStmt;
  const none = limitCount && 'A_Const' in limitCount && limitCount.A_Const.ival?.ival === undefined;
  const isZero = none === true && limitCount.A_Const.ival !== undefined;
  const isFalse =
    whereClause &&
    'A_Const' in whereClause &&
    whereClause.A_Const.boolval &&
    !whereClause.A_Const.boolval.boolval;
  return isZero || isFalse === true;
}

/** The tables with rows that a query reads and that stood before, those behind views too; not the new table, nor the system's. */
export function standingSources(catalog: Catalog, query: object, target: string): readonly string[] {
  const named = namedRelations(catalog, query);
  const all = new Set([...named, ...named.flatMap((name) => readThrough(catalog, name))]);
  return [...all].filter(
    (name) =>
      name !== target &&
      catalog.relations.get(name)?.kind !== 'view' &&
      stoodBefore(catalog, name) &&
      !/^(pg_catalog|information_schema)$/.test(schemaOf(name)) &&
      !bareName(name).startsWith('pg_'),
  );
}
