import type { Column, Constraint, Relation } from '../catalog.ts';
import { foreignKeysOf, foreignKeysTo, indexesOf, primaryKey, sequencesOf } from '../graph.ts';
import { callsInText, fire } from './code.ts';
import { partitionedAncestors, planned } from './reads.ts';
import { DELETED, type RowEvent, setColumns, type Written } from './row-events.ts';
import { familyOf, known, type Touch, touch, type Work } from './touch.ts';

/** What a change of rows runs beside itself, taken for granted that there are rows: defaults, CHECKs, foreign keys, triggers. */
export function runEvent(table: string, event: RowEvent, work: Work): readonly Touch[] {
  const relation = known(work, table);
  if (relation === undefined) return [];
  return [
    ...defaults(relation, event, work),
    ...(event.event === 'delete' ? [] : checks(relation, work)),
    ...parentsChecked(relation, event, work),
    ...childrenChecked(relation, event, work),
    ...triggers(relation, event, work),
  ];
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
function parentsChecked(table: Relation, { event, written, nulls }: RowEvent, work: Work): readonly Touch[] {
  if (event === 'delete') return [];
  const isChecked = ({ columns, enforced }: Constraint): boolean => {
    if (enforced === false || columns.some((column) => nulls.has(column))) return false;
    // A foreign key with a null among its columns holds (MATCH SIMPLE).
    return event === 'insert'
      ? columns.every((column) => includes(written, column))
      : columns.some((column) => includes(written, column));
  };
  return foreignKeysOf(table)
    .filter(isChecked)
    .flatMap(({ references = '' }) =>
      planned(
        work,
        references,
        'RowShareLock',
        `${table.name} refers to it`,
        isPartitioned(work, references),
      ),
    );
}

/** Rows that refer to deleted rows, or to changed keys, are looked for, changed or deleted. */
function childrenChecked(table: Relation, { event, written }: RowEvent, work: Work): readonly Touch[] {
  if (event === 'insert') return [];
  const referenced = [table.name, ...partitionedAncestors(work, table.name)];
  return referenced.flatMap((name) => {
    const key = primaryKey(known(work, name));
    return foreignKeysTo(work.catalog, name)
      .filter(({ constraint }) => constraint.enforced !== false)
      .filter(
        ({ constraint }) =>
          event === 'delete' ||
          (constraint.referencedColumns ?? key).some((column) => includes(written, column)),
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
  return [...locked, ...runEvent(child, followUp(action, event, constraint), work)];
}

function followUp(action: string, event: 'update' | 'delete', { columns }: Constraint): RowEvent {
  if (action === 'set null') return setColumns(columns, 'null');
  if (action === 'set default') return setColumns(columns, 'default');
  return event === 'delete' ? DELETED : setColumns(columns, 'value');
}

/** Triggers of the table for the statement, and those for each row of every table that has the rows. */
function triggers(table: Relation, { event, written }: RowEvent, work: Work): readonly Touch[] {
  const concerns = (columns: readonly string[] | undefined): boolean =>
    event !== 'update' || columns === undefined || columns.some((column) => includes(written, column));
  const members = event === 'insert' ? [table.name] : familyOf(work, table.name);
  return [
    ...fire(table, event, ({ forEachRow, columns }) => !forEachRow && concerns(columns), work),
    ...members.flatMap((member) =>
      fire(
        known(work, member),
        event,
        ({ forEachRow, columns }) => forEachRow === true && concerns(columns),
        work,
      ),
    ),
  ];
}

function isPartitioned(work: Work, name: string): boolean {
  return known(work, name)?.kind === 'partitioned table';
}

function includes(written: Written, name: string): boolean {
  return written === 'all' || written.has(name);
}
