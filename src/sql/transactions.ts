import type { AlterTableStmt, Node, ReindexStmt } from '@pgsql/types';
import { isOn } from './boolean-option.ts';
import type { Catalog } from './catalog.ts';
import type { PostgresVersion } from './effect.ts';
import { relationName } from './names.ts';
import type { Statement } from './statement.ts';

const OPENS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const CLOSES = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE']);

/** `inside`: it runs in a transaction; `staysOpen`: one is open after it. */
export type TransactionStep = { readonly inside: boolean; readonly staysOpen: boolean };

/**
 * For each statement where it stands. `wrapped`: the tool opens a transaction around the whole text. `reopens`: the
 * text is one message of several statements, where the server opens the next transaction itself after one that ended
 * (documentation 55.2.2.1). BEGIN and COMMIT count as inside.
 */
export function transactionFlow(
  statements: readonly Statement[],
  wrapped: boolean,
  reopens = false,
): readonly TransactionStep[] {
  let open = wrapped;
  return statements.map(({ node }) => {
    const kind = 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? '') : '';
    const chains = 'TransactionStmt' in node && node.TransactionStmt.chain === true;
    const inside = open || reopens || OPENS.has(kind);
    open = inside && (!CLOSES.has(kind) || chains);
    return { inside, staysOpen: open };
  });
}

/** Whether the server refuses the statement inside a transaction (PreventInTransactionBlock). REINDEX of a partitioned table or index is known only by the schema, and since 14. */
export function refusesTransaction({ node }: Statement, setting?: Setting): boolean {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true;
  if ('DropStmt' in node) return node.DropStmt.concurrent === true;
  if ('ReindexStmt' in node) return reindexRefuses(node.ReindexStmt, setting);
  if ('AlterTableStmt' in node) return detachesConcurrently(node.AlterTableStmt);
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true;
  if ('ClusterStmt' in node) return node.ClusterStmt.relation === undefined;
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL';
  if ('AlterDatabaseStmt' in node) return hasOption(node.AlterDatabaseStmt.options, 'tablespace');
  if ('CreateSubscriptionStmt' in node) return createsSlot(node.CreateSubscriptionStmt.options);
  if ('TransactionStmt' in node) return /_PREPARED$/.test(node.TransactionStmt.kind ?? '');
  return Object.keys(node).some((kind) => ALWAYS.has(kind));
}

const ALWAYS = new Set([
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'AlterSystemStmt',
  // Refused while the subscription has a slot, which is the rule.
  'DropSubscriptionStmt',
]);

type Setting = { readonly catalog: Catalog; readonly version: PostgresVersion };

function reindexRefuses({ kind, params, relation }: ReindexStmt, setting: Setting | undefined): boolean {
  const isWhole = !['REINDEX_OBJECT_INDEX', 'REINDEX_OBJECT_TABLE'].includes(kind ?? '');
  if (isWhole || isOn(params, 'concurrently')) return true;
  if (setting === undefined || setting.version < 14) return false;
  const { catalog } = setting;
  const named = catalog.relations.get(relationName(catalog, relation));
  const table = named?.kind === 'index' ? catalog.relations.get(named.table ?? '') : named;
  return table?.kind === 'partitioned table';
}

function detachesConcurrently({ cmds }: AlterTableStmt): boolean {
  return (cmds ?? []).some((element) => {
    const definition = 'AlterTableCmd' in element ? element.AlterTableCmd.def : undefined;
    return definition && 'PartitionCmd' in definition && definition.PartitionCmd.concurrent === true;
  });
}

function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some((option) => 'DefElem' in option && option.DefElem.defname === name);
}

/** connect = false and create_slot = false make no replication slot. */
function createsSlot(options: readonly Node[] | undefined): boolean {
  return ['create_slot', 'connect'].every((name) => !hasOption(options, name) || isOn(options, name));
}
