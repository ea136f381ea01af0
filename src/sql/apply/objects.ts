import type { AlterPublicationStmt, CreatePublicationStmt, CreateStatsStmt, Node } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { changeRelation } from '../catalog-edit.ts';
import { descendants, tablesOf } from '../graph.ts';
import { pointersTo } from '../links.ts';
import { bareName, listedName, newListedName, relationName, schemaOf } from '../names.ts';
import { freeName } from '../object-name.ts';

/** CREATE STATISTICS; a nameless one (16) is called after its table and columns (ChooseExtendedStatisticName). */
export function applyStatistics(
  catalog: Catalog,
  { defnames, relations, exprs, if_not_exists: mayExist }: CreateStatsStmt,
): Catalog {
  const table = listedName(catalog, relations?.[0]);
  const name =
    defnames === undefined ? freeStatisticsName(catalog, table, exprs) : newListedName(catalog, defnames);
  if (mayExist && isStatistics(catalog, name)) return catalog;
  return (relations ?? []).reduce(
    (result, node) =>
      changeRelation(result, listedName(catalog, node), (table) =>
        listing(table, 'statistics', (all) => [...all, name]),
      ),
    catalog,
  );
}

function isStatistics(catalog: Catalog, name: string): boolean {
  return tablesOf(catalog, 'statistics', name).length > 0;
}

function freeStatisticsName(catalog: Catalog, table: string, elements: readonly Node[] = []): string {
  const schema = schemaOf(table);
  const columns = elements.map((element) => ('StatsElem' in element && element.StatsElem.name) || 'expr');
  const isTaken = (name: string): boolean => isStatistics(catalog, `${schema}.${name}`);
  return `${schema}.${freeName(bareName(table), columns.join('_'), 'stat', isTaken)}`;
}

export function dropStatistics(catalog: Catalog, name: string): Catalog {
  return withoutName(catalog, 'statistics', name);
}

/** CREATE and ALTER PUBLICATION, as far as tables are named. */
export function applyPublication(
  catalog: Catalog,
  node: CreatePublicationStmt | (AlterPublicationStmt & { readonly action?: string }),
): Catalog {
  const name = node.pubname ?? '';
  const action = 'action' in node ? node.action : 'AP_AddObjects';
  const base = action === 'AP_SetObjects' ? dropPublication(catalog, name) : catalog;
  return published(catalog, node).reduce(
    (result, table) =>
      changeRelation(result, table, (relation) =>
        listing(relation, 'publications', (all) =>
          action === 'AP_DropObjects' ? all.filter((one) => one !== name) : [...all, name],
        ),
      ),
    base,
  );
}

/** Tables that the statement names, with the children of those without ONLY: partitions are published through their parents. */
export function published(
  catalog: Catalog,
  { pubobjects }: CreatePublicationStmt | AlterPublicationStmt,
): readonly string[] {
  return (pubobjects ?? []).flatMap((object) => {
    const range = 'PublicationObjSpec' in object ? object.PublicationObjSpec.pubtable?.relation : undefined;
    if (range === undefined) return [];
    const name = relationName(catalog, range);
    const recurses = range.inh && catalog.relations.get(name)?.kind !== 'partitioned table';
    return recurses ? [name, ...descendants(catalog, name).map((child) => child.name)] : [name];
  });
}

export function dropPublication(catalog: Catalog, name: string): Catalog {
  return withoutName(catalog, 'publications', name);
}

type Listing = 'statistics' | 'publications';

function withoutName(catalog: Catalog, member: Listing, name: string): Catalog {
  const tables = pointersTo(catalog.relations, member, name);
  return tables.reduce(
    (result, table) =>
      changeRelation(result, table, (relation) =>
        listing(relation, member, (all) => all.filter((one) => one !== name)),
      ),
    catalog,
  );
}

/** Changes a list of names, kept in their order; an empty one is no member. */
function listing(
  relation: Relation,
  member: Listing,
  change: (names: readonly string[]) => readonly string[],
): Relation {
  const { [member]: before = [], ...rest } = relation;
  const names = [...new Set(change(before))].sort();
  return names.length === 0 ? rest : { ...rest, [member]: names };
}
