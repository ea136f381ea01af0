import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types';
import { applyAlterTable } from '../apply/alter-table.ts';
import type { Catalog } from '../catalog.ts';
import type { RelationEffect } from '../effect.ts';
import { columnsOfIndex } from '../graph.ts';
import { relationName } from '../names.ts';
import { alterCompositeType } from './rename.ts';
import { type Command, SUBCOMMANDS } from './subcommands.ts';
import { familyOf, isSpared, known, strongest, type Touch, type Touches, touch, type Work } from './touch.ts';

/**
 * ALTER TABLE takes the strongest lock of all its subcommands at once, on the table and on all that a subcommand
 * recurses to (AlterTableGetLockLevel, ATPrepCmd in tablecmds.c).
 */
export function alterTable(node: AlterTableStmt, work: Work): Touches {
  if (node.objtype === 'OBJECT_TYPE') return alterCompositeType(node, work);
  const table = relationName(work.catalog, node.relation);
  if (isSpared(work, table, node.missing_ok)) return [];
  const inherits = node.relation?.inh === true;
  const later = { ...work, catalog: afterDrops(work.catalog, node) };
  const parts = (node.cmds ?? []).map((element) => {
    if (!('AlterTableCmd' in element)) return undefined;
    const isDrop = FIRST.has(element.AlterTableCmd.subtype ?? '');
    return partOf(isDrop ? work : later, table, element.AlterTableCmd, inherits);
  });
  const plans = parts.filter((part) => part !== undefined);
  if (plans.length < parts.length) return undefined;
  if (node.objtype === 'OBJECT_INDEX') return alterIndex(node, work, table);
  const lock = strongest(plans.map((plan) => plan.lock));
  const touched = plans.flatMap((plan) => [
    ...plan.tables.map((name) => touch(work, name, lock, plan.why)),
    ...plan.extra.map((extra) => (plan.tables.includes(extra.relation) ? { ...extra, lock } : extra)),
  ]);
  const changed = withoutScansOfRewritten(withoutRewritesOfRemade(work, node, touched));
  return [...changed, ...plans.flatMap((plan) => plan.runs)];
}

const FIRST = new Set(['AT_DropColumn', 'AT_DropConstraint', 'AT_DropNotNull', 'AT_DropExpression']);

/** The schema that the other subcommands see: within one statement drops run first (AT_PASS_DROP), so a CHECK dropped beside SET NOT NULL proves nothing any more. */
export function afterDrops(catalog: Catalog, node: AlterTableStmt): Catalog {
  const drops = dropsAlone.get(node) ?? dropsOf(node);
  dropsAlone.set(node, drops);
  return drops.cmds?.length === 0 ? catalog : applyAlterTable(catalog, drops);
}

/** The drops of a statement as a statement of their own: the same each time, so that what it does is worked out once. */
const dropsAlone = new WeakMap<AlterTableStmt, AlterTableStmt>();

function dropsOf(node: AlterTableStmt): AlterTableStmt {
  const drops = (node.cmds ?? []).filter(
    (element) => 'AlterTableCmd' in element && FIRST.has(element.AlterTableCmd.subtype ?? ''),
  );
  return drops.length > 0 && drops.length === node.cmds?.length ? node : { ...node, cmds: drops };
}

type Part = Pick<RelationEffect, 'lock' | 'why'> & {
  readonly tables: readonly string[];
  readonly extra: readonly RelationEffect[];
  readonly runs: readonly Touch[];
};

function partOf(work: Work, table: string, command: AlterTableCmd, inherits: boolean): Part | undefined {
  const subcommand = SUBCOMMANDS[command.subtype ?? ''];
  if (subcommand === undefined) return undefined;
  const isPartitioned = known(work, table)?.kind === 'partitioned table';
  const all = inherits ? familyOf(work, table) : [table];
  const asked: Command = { work, table, command, family: all, reach: all, isPartitioned };
  const recurses =
    typeof subcommand.recurses === 'function' ? subcommand.recurses(asked) : subcommand.recurses;
  const tables = recurses ? all : [table];
  return {
    lock: typeof subcommand.lock === 'function' ? subcommand.lock(asked) : subcommand.lock,
    why: subcommand.why,
    tables,
    extra: subcommand.more?.({ ...asked, family: tables }) ?? [],
    runs: subcommand.runs?.({ ...asked, family: tables }) ?? [],
  };
}

/** An index of a column that changes its type is made anew, whatever rewrites its table. */
function withoutRewritesOfRemade(
  work: Work,
  { cmds = [] }: AlterTableStmt,
  touched: readonly RelationEffect[],
): readonly RelationEffect[] {
  const columns = cmds.flatMap((element) =>
    'AlterTableCmd' in element && element.AlterTableCmd.subtype === 'AT_AlterColumnType'
      ? [element.AlterTableCmd.name ?? '']
      : [],
  );
  if (columns.length === 0 || cmds.length === 1) return touched;
  return touched.map((effect) => {
    const index = effect.kind === 'index' && effect.rewrite ? known(work, effect.relation) : undefined;
    const isRemade = index !== undefined && columnsOfIndex(index).some((column) => columns.includes(column));
    return isRemade ? { ...effect, rewrite: false } : effect;
  });
}

/** A table that is rewritten is checked in the same pass: the server says "rewriting", not "verifying". */
function withoutScansOfRewritten(touched: readonly RelationEffect[]): readonly RelationEffect[] {
  const rewritten = new Set(touched.filter(({ rewrite }) => rewrite).map(({ relation }) => relation));
  return touched.map((effect) =>
    effect.scan && rewritten.has(effect.relation) && !effect.why.includes('foreign key')
      ? { ...effect, scan: false }
      : effect,
  );
}

/** Subcommands of ALTER INDEX that keep everybody out; the others keep out other DDL. */
const STRONG_ON_INDEX = new Set(['AT_SetTableSpace', 'AT_ChangeOwner']);

/** ALTER INDEX … SET, ATTACH PARTITION and the like. */
function alterIndex(node: AlterTableStmt, work: Work, index: string): Touches {
  const commands = (node.cmds ?? []).flatMap((element) =>
    'AlterTableCmd' in element ? [element.AlterTableCmd] : [],
  );
  const isStrong = commands.some(({ subtype }) => STRONG_ON_INDEX.has(subtype ?? ''));
  const lock = isStrong ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock';
  const own = { ...touch(work, index, lock, 'the index is changed'), kind: 'index' as const };
  return [own, ...commands.flatMap(({ def }) => attachedIndex(work, index, def))];
}

/** The part is locked whole, and both tables are looked at. */
function attachedIndex(work: Work, index: string, def: AlterTableCmd['def']): readonly RelationEffect[] {
  if (def === undefined || !('PartitionCmd' in def)) return [];
  const part = relationName(work.catalog, def.PartitionCmd.name);
  const tables = [index, part].flatMap((name) => known(work, name)?.table ?? []);
  return [
    { ...touch(work, part, 'AccessExclusiveLock', `it becomes a part of ${index}`), kind: 'index' },
    ...tables.map((table) => touch(work, table, 'AccessShareLock', 'its index is attached or grows')),
  ];
}
