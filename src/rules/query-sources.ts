import type { Node, RangeVar, SelectStmt } from '@pgsql/types';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { relationName } from '../sql/names.ts';
import { isInUse, isSmall } from './table-size.ts';

/** What FROM offers under one name. */
export type Source = {
  readonly alias: string;
  /** A table: what the catalog knows of it, or its name. Undefined for a query. */
  readonly table: Relation | string | undefined;
  /** Few rows come from it: they are written out, limited, or those of a small or new table. */
  readonly few: boolean;
};

/** The sources in a FROM, joins taken apart; `ctes` are the names that WITH gives. */
export function sourcesOf(
  from: readonly Node[] | undefined,
  ctes: readonly Node[],
  catalog: Catalog,
): readonly Source[] {
  const found: Source[] = [];
  const open = [...(from ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('JoinExpr' in node)
      open.push(...[node.JoinExpr.larg, node.JoinExpr.rarg].filter((side) => side !== undefined));
    else found.push(sourceOf(node, ctes, catalog));
  }
  return found;
}

function sourceOf(node: Node, ctes: readonly Node[], catalog: Catalog): Source {
  if ('RangeVar' in node) return tableSource(node.RangeVar, ctes, catalog);
  const alias = aliasOf(node);
  if ('RangeSubselect' in node)
    return { alias, table: undefined, few: givesFew(node.RangeSubselect.subquery, ctes, catalog) };
  // A function's rows: unnest and json_to_recordset of a literal, generate_series.
  return { alias, table: undefined, few: true };
}

function tableSource(range: RangeVar, ctes: readonly Node[], catalog: Catalog): Source {
  const alias = range.alias?.aliasname ?? range.relname ?? '';
  const cte = range.schemaname ? undefined : ctes.find((one) => isNamed(one, range.relname));
  if (cte && 'CommonTableExpr' in cte) {
    // Seen from inside, a recursive one counts as it does from outside without itself.
    const others = ctes.filter((one) => one !== cte);
    return { alias, table: undefined, few: givesFew(cte.CommonTableExpr.ctequery, others, catalog) };
  }
  const name = relationName(catalog, range);
  const few = !isInUse(catalog, name) || isSmall(catalog, name);
  return { alias, table: catalog.relations.get(name) ?? name, few };
}

function isNamed(node: Node, name: string | undefined): boolean {
  return 'CommonTableExpr' in node && node.CommonTableExpr.ctename === name;
}

function aliasOf(node: Node): string {
  const value = Object.values(node)[0] as { alias?: { aliasname?: string } };
  return value.alias?.aliasname ?? '';
}

function givesFew(query: Node | undefined, ctes: readonly Node[], catalog: Catalog): boolean {
  if (!query || !('SelectStmt' in query)) return false;
  const { valuesLists, limitCount, fromClause, larg, rarg }: SelectStmt = query.SelectStmt;
  if (valuesLists || limitCount) return true;
  if (larg && rarg) return [larg, rarg].every((arm) => givesFew({ SelectStmt: arm }, ctes, catalog));
  return sourcesOf(fromClause, ctes, catalog).every(({ few }) => few);
}
