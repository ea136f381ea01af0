import type { Column, Constraint, Relation, Trigger } from '../catalog.ts';
import { foreignKeysOf, foreignKeysTo, indexesOf, primaryKey, sequencesOf } from '../graph.ts';
import { ANYTHING, type KeyCondition } from '../key-condition.ts';
import { callsInText, fire } from './code.ts';
import { liveMembers, partitionedAncestors, planned } from './reads.ts';
import { DELETED, type RowEvent, setColumns, type Written } from './row-events.ts';
import { familyOf, isSeen, known, onlyPerhaps, type Touch, touch, type Work } from './touch.ts';

/** What a change of rows runs beside itself; where a condition picks them, perhaps: defaults, CHECKs, foreign keys, triggers. */
export function runEvent(table: string, event: RowEvent, work: Work): readonly Touch[] {
  const relation = known(work, table);
  if (relation === undefined) return [];
  const perRow = [
    ...defaults(relation, event, work),
    ...(event.event === 'delete' ? [] : checks(relation, work)),
    ...parentsChecked(relation, event, work),
    ...childrenChecked(relation, event, work),
    ...rowTriggers(relation, event, work),
  ];
  return [...statementTriggers(relation, event, work), ...(event.picked ? onlyPerhaps(perRow) : perRow)];
}

/** Sequences and functions that give the columns their values. */
function defaults(table: Relation, { defaulted }: RowEvent, work: Work): readonly Touch[] {
  const columns = table.columns.filter(({ name }) => includes(defaulted, name));
  return columns.flatMap((column) =>
    column.generated === 'identity'
      ? identitySequence(table, column, work)
      : callsInText(column, column.default, work),
  );
}

/** The sequence of an identity column, which partitions share with their parent. */
function identitySequence(table: Relation, { name }: Column, work: Work): readonly Touch[] {
  const owners = [table.name, ...partitionedAncestors(work, table.name)];
  return owners
    .flatMap((owner) => sequencesOf(work.catalog, owner, name))
    .slice(0, 1)
    .map((sequence) =>
      touch(work, sequence.name, 'RowExclusiveLock', `${name} draws its values from it`, {
        kind: 'sequence',
      }),
    );
}

/** Functions that CHECKs and the expressions of indexes call. */
function checks(table: Relation, work: Work): readonly Touch[] {
  const constraints = table.constraints.filter(({ kind }) => kind === 'check');
  const indexes = indexesOf(work.catalog, table.name);
  return [
    ...constraints.flatMap((constraint) => callsInText(constraint, constraint.expression, work)),
    ...indexes.flatMap((index) => indexCalls(index, work)),
  ];
}

/** Functions that an index's expressions and its WHERE call. */
export function indexCalls(index: Relation, work: Work): readonly Touch[] {
  const texts = [...index.indexColumns, index.predicate].filter((text) => text?.includes('('));
  return texts.length === 0 ? [] : callsInText(index, texts.join(', '), work);
}

/** Values of foreign keys are looked for in the referenced tables. */
function parentsChecked(table: Relation, event: RowEvent, work: Work): readonly Touch[] {
  if (event.event === 'delete') return [];
  const isChecked = ({ columns, enforced }: Constraint): boolean => {
    if (enforced === false || columns.some((column) => event.nulls.has(column))) return false;
    // A foreign key with a null among its columns holds (MATCH SIMPLE).
    return event.event === 'insert'
      ? columns.every((column) => includes(event.written, column))
      : columns.some((column) => isChanged(event, column));
  };
  return foreignKeysOf(table)
    .filter(isChecked)
    .flatMap((key) => lookFor(key, event, table.name, work));
}

/** A key is looked for in the one partition that can have it; which one that is constants tell, or the rows. */
function lookFor(key: Constraint, { rows = [ANYTHING] }: RowEvent, by: string, work: Work): readonly Touch[] {
  const { references = '' } = key;
  const why = `${by} refers to it`;
  if (!isPartitioned(work, references)) return planned(work, references, 'RowShareLock', why, false);
  return rows.flatMap((row) => {
    const condition = translated(row, key, primaryKey(known(work, references)));
    const all = planned(work, references, 'RowShareLock', why, true, condition);
    const leaves = liveMembers(work, references, condition).filter((name) => !isPartitioned(work, name));
    if (leaves.length === 1) return all;
    const isWhole = (touched: Touch): boolean =>
      isSeen(touched) &&
      (touched.relation === references || known(work, touched.relation)?.table === references);
    return all.flatMap((touched) => (isWhole(touched) ? [touched] : onlyPerhaps([touched])));
  });
}

/** What is known of the referencing columns, said of the referenced ones. */
function translated(
  row: KeyCondition,
  { columns, referencedColumns }: Constraint,
  primary: readonly string[],
): KeyCondition {
  const parts = row.kind === 'and' ? row.parts : [];
  return {
    kind: 'and',
    parts: parts.flatMap((part) => {
      const place = 'column' in part ? columns.indexOf(part.column) : -1;
      const column = (referencedColumns ?? primary)[place];
      return column === undefined || !('column' in part) ? [] : [{ ...part, column }];
    }),
  };
}

/** Rows that refer to deleted rows, or to changed keys, are looked for, changed or deleted. */
function childrenChecked(table: Relation, change: RowEvent, work: Work): readonly Touch[] {
  const { event } = change;
  if (event === 'insert') return [];
  const referenced = [table.name, ...partitionedAncestors(work, table.name)];
  return referenced.flatMap((name) => {
    const key = primaryKey(known(work, name));
    return foreignKeysTo(work.catalog, name)
      .filter(({ constraint }) => constraint.enforced !== false)
      .filter(
        ({ constraint }) =>
          event === 'delete' ||
          (constraint.referencedColumns ?? key).some((column) => isChanged(change, column)),
      )
      .flatMap(({ table: child, constraint }) => act(child.name, constraint, event, table.name, work));
  });
}

/** What a foreign key does to the rows that refer: it looks for them, or changes them, with all that this brings in turn. */
function act(
  child: string,
  constraint: Constraint,
  event: 'update' | 'delete',
  parent: string,
  work: Work,
): readonly Touch[] {
  const action = event === 'delete' ? constraint.onDelete : constraint.onUpdate;
  const inherits = isPartitioned(work, child);
  if (action === undefined) return planned(work, child, 'RowShareLock', `it refers to ${parent}`, inherits);
  const locked = planned(
    work,
    child,
    'RowExclusiveLock',
    `its foreign key to ${parent} changes its rows`,
    inherits,
  );
  const key = `${event} ${child} ${constraint.name}`;
  if (work.followed.has(key)) return locked;
  work.followed.add(key);
  return [...locked, ...runEvent(child, { ...followUp(action, event, constraint), picked: true }, work)];
}

function followUp(action: string, event: 'update' | 'delete', { columns }: Constraint): RowEvent {
  if (action === 'set null') return setColumns(columns, 'null');
  if (action === 'set default') return setColumns(columns, 'default');
  return event === 'delete' ? DELETED : setColumns(columns, 'value');
}

function statementTriggers(table: Relation, event: RowEvent, work: Work): readonly Touch[] {
  return fire(table, event.event, (trigger) => !trigger.forEachRow && concerns(trigger, event), work);
}

/** Those of every table that has the rows. */
function rowTriggers(table: Relation, event: RowEvent, work: Work): readonly Touch[] {
  const members = event.event === 'insert' ? [table.name] : familyOf(work, table.name);
  return members.flatMap((member) =>
    fire(
      known(work, member),
      event.event,
      (trigger) => trigger.forEachRow === true && concerns(trigger, event),
      work,
    ),
  );
}

function concerns({ columns }: Trigger, { event, written }: RowEvent): boolean {
  return event !== 'update' || columns === undefined || columns.some((column) => includes(written, column));
}

function isPartitioned(work: Work, name: string): boolean {
  return known(work, name)?.kind === 'partitioned table';
}

function includes(written: Written, name: string): boolean {
  return written === 'all' || written.has(name);
}

/** Whether a column gets a value that may be another. */
export function isChanged({ written, kept }: RowEvent, name: string): boolean {
  return includes(written, name) && kept?.has(name) !== true;
}
