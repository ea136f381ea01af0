import type { AlterSeqStmt, CreatePolicyStmt, CreateSeqStmt, Node, ViewStmt } from '@pgsql/types';
import { functionsCalled } from '../calls.ts';
import type { Catalog, Relation } from '../catalog.ts';
import { changeRelation, isTaken, newRelation, withRelation } from '../catalog-edit.ts';
import { columnsRead } from '../columns-read.ts';
import { newName, relationName, resolve, strings } from '../names.ts';
import { queryColumns } from '../query-columns.ts';
import { namedRelations } from '../walk.ts';
import { withCalls } from './triggers.ts';

/** What a view or materialized view reads. */
export function readsOf(catalog: Catalog, query: unknown): Pick<Relation, 'reads' | 'readColumns' | 'calls'> {
  const calls = functionsCalled(catalog, query);
  return {
    reads: namedRelations(catalog, query),
    readColumns: columnsRead(catalog, query),
    ...(calls.length > 0 ? { calls } : {}),
  };
}

export function applyView(catalog: Catalog, node: ViewStmt): Catalog {
  const name = newName(catalog, node.view);
  const standing = catalog.relations.get(name);
  if (isTaken(catalog, name) && !(node.replace && standing?.kind === 'view')) return catalog;
  // OR REPLACE leaves what stands on the view: triggers and rules.
  const { calls: _, ...view } = (node.replace && standing) || newRelation(name, 'view');
  const columns = queryColumns(catalog, node.query, strings(node.aliases)) ?? [];
  return withRelation(catalog, { ...view, columns, ...readsOf(catalog, node.query) });
}

export function applySequence(catalog: Catalog, node: CreateSeqStmt): Catalog {
  const name = newName(catalog, node.sequence);
  if (isTaken(catalog, name) || (node.if_not_exists && catalog.relations.has(name))) return catalog;
  const unlogged = node.sequence?.relpersistence === 'u' ? { unlogged: true } : {};
  return withOwner(withRelation(catalog, newRelation(name, 'sequence', unlogged)), name, node.options);
}

export function applyAlterSequence(catalog: Catalog, node: AlterSeqStmt): Catalog {
  return withOwner(catalog, relationName(catalog, node.sequence), node.options);
}

/** OWNED BY table.column, or NONE. */
function withOwner(catalog: Catalog, sequence: string, options: readonly Node[] | undefined): Catalog {
  const option = (options ?? []).find((node) => 'DefElem' in node && node.DefElem.defname === 'owned_by');
  if (option === undefined || !('DefElem' in option)) return catalog;
  const { arg } = option.DefElem;
  const parts = arg !== undefined && 'List' in arg ? strings(arg.List.items) : [];
  const owner = parts.length > 1 ? `${resolve(catalog, parts.slice(0, -1))}.${parts.at(-1)}` : undefined;
  return changeRelation(catalog, sequence, ({ ownedBy: _, ...relation }) =>
    owner === undefined ? relation : { ...relation, ownedBy: owner },
  );
}

export function applyPolicy(catalog: Catalog, node: CreatePolicyStmt): Catalog {
  const table = relationName(catalog, node.table);
  const named = withPolicies(catalog, table, (names) => [...names, node.policy_name ?? '']);
  const calls = functionsCalled(catalog, [node.qual, node.with_check]);
  return changeRelation(named, table, (relation) => withCalls(relation, calls));
}

/** Changes a table's policies, which are kept in the order of their names. */
export function withPolicies(
  catalog: Catalog,
  table: string,
  change: (names: readonly string[]) => readonly string[],
): Catalog {
  return changeRelation(catalog, table, ({ policies = [], ...relation }) => {
    const names = [...change(policies)].sort();
    return names.length === 0 ? relation : { ...relation, policies: names };
  });
}
