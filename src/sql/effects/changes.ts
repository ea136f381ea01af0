import type { DeleteStmt, InsertStmt, MergeStmt, UpdateStmt } from '@pgsql/types';
import type { Relation, Rule } from '../catalog.ts';
import { touchesOf } from '../effects.ts';
import { ANYTHING, type KeyCondition } from '../key-condition.ts';
import { relationName, schemaOf } from '../names.ts';
import { fire, ruleActions } from './code.ts';
import { type Conditions, conditionOn, conditionsOf, ofDelete, ofMerge, ofUpdate } from './conditions.ts';
import { changesEmpty } from './empty-tables.ts';
import { insertTargets } from './partition-routing.ts';
import { boundOf, goesTo, indexLocks, planned, readRelation } from './reads.ts';
import { type RowEvent, rowEvents, type Written } from './row-events.ts';
import { isChanged, runEvent } from './run-event.ts';
import { familyOf, known, listed, onlyPerhaps, type Touch, touch, UNSEEN, type Work } from './touch.ts';
import { holds } from './versions.ts';

export type ChangeKind = 'InsertStmt' | 'UpdateStmt' | 'DeleteStmt' | 'MergeStmt';
export type ChangeNode = InsertStmt | UpdateStmt | DeleteStmt | MergeStmt;

/** What a data change does to its target, and through it: partitions, indexes, foreign keys, triggers, rules, defaults. */
export function changesOf(kind: ChangeKind, node: ChangeNode, work: Work): readonly Touch[] {
  const name = relationName(work.catalog, node.relation);
  const inherits = node.relation?.inh === true;
  const condition = conditionOf(kind, node, known(work, name));
  const events = rowEvents(kind, node, known(work, name));
  const isEmpty = changesEmpty(kind, node, work);
  return changeRows(
    { kind, node, name, inherits, condition },
    isEmpty ? events.map((event) => ({ ...event, picked: true })) : events,
    work,
  );
}

/** What the statement says of the rows that it looks for in its target. */
function conditionOf(kind: ChangeKind, node: ChangeNode, table: Relation | undefined): KeyCondition {
  const range = node.relation;
  if (range === undefined || kind === 'InsertStmt') return ANYTHING;
  const said = SAID[kind](node as never);
  return conditionOn(range, table, said.get(range) ?? []);
}

const SAID: Readonly<Record<Exclude<ChangeKind, 'InsertStmt'>, (node: never) => Conditions>> = {
  UpdateStmt: (node: UpdateStmt) => conditionsOf(ofUpdate(node)),
  DeleteStmt: (node: DeleteStmt) => conditionsOf(ofDelete(node)),
  MergeStmt: (node: MergeStmt) => ofMerge(node),
};

type Target = {
  readonly kind: ChangeKind;
  readonly node: ChangeNode;
  readonly name: string;
  readonly inherits: boolean;
  readonly condition: KeyCondition;
};

function changeRows(target: Target, events: readonly RowEvent[], work: Work): readonly Touch[] {
  const relation = known(work, target.name);
  const { touches, isReplaced } = applyRules(relation, events, work);
  if (relation?.kind === 'view')
    return [...touches, ...changeView(target, relation, events, isReplaced, work)];
  const lock = 'RowExclusiveLock';
  // A changed system catalog is a changed schema, which the model does not follow.
  const catalogs = schemaOf(target.name) === 'pg_catalog' && goesTo(work, 'executed') ? [UNSEEN] : [];
  if (isReplaced) return [...touches, touch(work, target.name, lock, 'its rules change other rows')];
  return [
    ...touches,
    ...catalogs,
    ...locked(target, events, work),
    ...(goesTo(work, 'executed') ? events.flatMap((event) => runEvent(target.name, event, work)) : []),
  ];
}

/** The locks on the target itself. INSERT opens its indexes only while it runs, unless ON CONFLICT has to choose among them. */
function locked(
  { kind, node, name, inherits, condition }: Target,
  events: readonly RowEvent[],
  work: Work,
): readonly Touch[] {
  const lock = 'RowExclusiveLock';
  const why = 'its rows change';
  if (!goesTo(work, 'planned')) return [touch(work, name, lock, why)];
  const bound = readsBound(kind, node, work) ? boundOf(work, name) : [];
  const routed = goesTo(work, 'executed') ? events.flatMap((event) => routes(name, event, work)) : [];
  if (kind !== 'InsertStmt')
    return [...planned(work, name, lock, why, inherits, condition), ...routed, ...bound];
  return [touch(work, name, lock, why), ...routed, ...arbiters(node as InsertStmt, name, work), ...bound];
}

/** The partitions that new rows go to, and those that changed rows perhaps move to. */
function routes(name: string, event: RowEvent, work: Work): readonly Touch[] {
  if (event.event === 'insert') {
    const targets = insertTargets(work, name, event.rows ?? [ANYTHING]);
    return event.picked ? onlyPerhaps(targets) : targets;
  }
  const isMoved = familyOf(work, name).some((member) =>
    (known(work, member)?.partitionKey ?? []).some((column) => isChanged(event, column)),
  );
  return event.event === 'update' && isMoved ? onlyPerhaps(insertTargets(work, name, [ANYTHING])) : [];
}

/** New row versions of a partition are checked against its bound; before 14 deleted ones too. */
function readsBound(kind: ChangeKind, node: ChangeNode, work: Work): boolean {
  if (!goesTo(work, 'executed')) return false;
  if (kind === 'DeleteStmt') return !holds(work, 'deleteSparesBound');
  if (kind !== 'MergeStmt') return true;
  return ((node as MergeStmt).mergeWhenClauses ?? []).some(
    (clause) => 'MergeWhenClause' in clause && clause.MergeWhenClause.commandType === 'CMD_UPDATE',
  );
}

/** ON CONFLICT looks through all indexes for its own, unless a constraint names it (infer_arbiter_indexes). */
function arbiters({ onConflictClause: clause }: InsertStmt, name: string, work: Work): readonly Touch[] {
  const infer = clause?.infer;
  if (infer === undefined) return [];
  const all = indexLocks(work, name, 'RowExclusiveLock');
  if (infer.conname === undefined) return all;
  const schema = name.slice(0, name.indexOf('.'));
  return [
    touch(work, `${schema}.${infer.conname}`, 'RowExclusiveLock', 'ON CONFLICT names it', { kind: 'index' }),
  ];
}

/** Rules run beside the change, or in its place. Rules that they fire in turn are followed too, each once. */
function applyRules(
  relation: Relation | undefined,
  events: readonly RowEvent[],
  work: Work,
): { touches: readonly Touch[]; isReplaced: boolean } {
  const isMeant = (rule: Rule): boolean => events.some(({ event }) => event === rule.on);
  const rules = goesTo(work, 'rewritten') ? (relation?.rules ?? []).filter(isMeant) : [];
  const touches = rules.flatMap((rule) => {
    if (work.followed.has(rule)) return [];
    work.followed.add(rule);
    return ruleActions(rule).flatMap((action) => listed(touchesOf(action, work)).filter(isNoRowVariable));
  });
  return { touches, isReplaced: rules.some(({ insteadOf }) => insteadOf) };
}

/** A rule's text as the server prints it has OLD and NEW among its relations. */
function isNoRowVariable(touched: Touch): boolean {
  return touched === UNSEEN || !/\.(old|new)$/.test(touched.relation);
}

/** A change of a view is that of the one table it shows, or what its INSTEAD OF triggers or rules do. */
function changeView(
  target: Target,
  view: Relation,
  events: readonly RowEvent[],
  isReplaced: boolean,
  work: Work,
): readonly Touch[] {
  const own = touch(work, view.name, 'RowExclusiveLock', 'its rows change');
  if (!goesTo(work, 'rewritten')) return [own];
  const isTriggered = (view.triggers ?? []).some(({ insteadOf }) => insteadOf);
  if (isReplaced || isTriggered) {
    const reads = readRelation(work, view.name, 'AccessShareLock', 'its rows are looked for');
    const isRow = { forEachRow: true };
    const fired = goesTo(work, 'executed')
      ? events.flatMap(({ event }) =>
          fire(view, event, ({ insteadOf }) => insteadOf === isRow.forEachRow, work),
        )
      : [];
    return [own, ...(target.kind === 'InsertStmt' ? [] : reads), ...fired];
  }
  const [base, ...others] = view.reads ?? [];
  if (base === undefined) return [own, UNSEEN];
  // The view may call the columns otherwise.
  const baseTarget = { ...target, name: base, inherits: true, condition: ANYTHING };
  const renamed = events.map((event) => ({ ...event, written: ofBase(event.written, known(work, base)) }));
  return [own, ...changeRows(baseTarget, renamed, work), ...(others.length > 0 ? [UNSEEN] : [])];
}

/** Columns of the view are those of its table, as long as they are called the same. */
function ofBase(written: Written, base: Relation | undefined): Written {
  if (written === 'all' || base === undefined) return written;
  const names = new Set(base.columns.map(({ name }) => name));
  return [...written].every((name) => names.has(name)) ? written : 'all';
}
