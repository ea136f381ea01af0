import type { Constraint, Relation, Routine } from '../catalog.ts';
import {
  callersOf,
  childrenOf,
  columnsOfIndex,
  drawersOf,
  foreignKeysOf,
  foreignKeysTo,
  indexesOf,
  partsOfIndex,
  primaryKey,
  readersOf,
  readersOfColumn,
  relationsOfType,
  sameForeignKey,
  sequencesOf,
} from '../graph.ts';
import { calledIn } from '../mentions.ts';
import { bareName, schemaOf } from '../names.ts';
import { splitType } from '../types.ts';
import { familyOf, known, type Touch, touch, type Work } from './touch.ts';

const LOCK = 'AccessExclusiveLock';

/** What goes with the objects that a DROP names: each of its parts, and with CASCADE all that needs it (performMultipleDeletions). */
export type Closure = {
  readonly work: Work;
  readonly cascade: boolean;
  /** Objects that were gone through. */
  readonly done: Set<string>;
  readonly touches: Touch[];
};

export function startClosure(work: Work, cascade: boolean): Closure {
  return { work, cascade, done: new Set(), touches: [] };
}

function isFirst({ done }: Closure, object: string): boolean {
  const isNew = !done.has(object);
  done.add(object);
  return isNew;
}

function lock({ work, touches }: Closure, name: string, why: string, dataLoss = false): void {
  touches.push(touch(work, name, LOCK, why, { dataLoss }));
}

/** A table, view or materialized view with its indexes, sequences, foreign keys and partitions. */
export function dropRelation(closure: Closure, name: string, why = 'it is dropped'): void {
  if (!isFirst(closure, `relation ${name}`)) return;
  const { work, cascade } = closure;
  const { catalog } = work;
  const relation = known(work, name);
  lock(closure, name, why, holdsRows(relation));
  for (const index of indexesOf(catalog, name)) lock(closure, index.name, 'it is dropped with its table');
  for (const owned of sequencesOf(catalog, name)) dropSequence(closure, owned.name);
  for (const key of ownForeignKeys(work, relation)) lockReferenced(closure, name, key);
  for (const parent of relation?.parents ?? []) lockPartitioned(closure, parent, name);
  if (relation?.kind === 'partitioned table' || cascade || !catalog.complete)
    for (const child of childrenOf(catalog, name))
      dropRelation(closure, child.name, 'it is dropped with its parent');
  if (cascade) dropDependents(closure, name);
}

/** A partition's foreign key that is its parent's has no triggers of its own on the table that it refers to. */
function ownForeignKeys(work: Work, relation: Relation | undefined): readonly Constraint[] {
  const parents = (relation?.parents ?? []).map((name) => known(work, name));
  const inherited = parents.filter((parent) => parent?.kind === 'partitioned table').flatMap(foreignKeysOf);
  return foreignKeysOf(relation).filter((key) => !inherited.some((other) => sameForeignKey(key, other)));
}

function lockReferenced(closure: Closure, name: string, { references = '' }: Constraint): void {
  for (const parent of familyOf(closure.work, references))
    lock(closure, parent, `the foreign key of ${name} is dropped`);
}

function lockPartitioned(closure: Closure, parent: string, name: string): void {
  if (known(closure.work, parent)?.kind !== 'partitioned table') return;
  lock(closure, parent, `its partition ${name} is dropped`);
  for (const sister of childrenOf(closure.work.catalog, parent))
    if (sister.isDefaultPartition) lock(closure, sister.name, 'its bound changes');
}

function dropDependents(closure: Closure, name: string): void {
  const { catalog } = closure.work;
  for (const view of readersOf(catalog, new Set([name])))
    dropRelation(closure, view.name, 'CASCADE drops it');
  for (const { table } of foreignKeysTo(catalog, name))
    lock(closure, table.name, 'CASCADE drops its foreign key');
  // A table is a type too.
  dropType(closure, name);
}

/** A sequence, and the defaults that draw from it. */
export function dropSequence(closure: Closure, name: string): void {
  if (!isFirst(closure, `sequence ${name}`)) return;
  lock(closure, name, 'it is dropped');
  for (const table of drawersOf(closure.work.catalog, name))
    lock(closure, table.name, `a default that draws from ${name} is dropped`);
}

/** A type with the columns, tables, domains and routines that are made with it. */
export function dropType(closure: Closure, name: string): void {
  if (!isFirst(closure, `type ${name}`)) return;
  const { catalog } = closure.work;
  for (const user of relationsOfType(catalog, name)) {
    if (user.typeOf === name) dropRelation(closure, user.name, 'CASCADE drops it with its type');
    for (const column of user.columns)
      if (splitType(column.type).base === name) dropColumn(closure, user, column.name);
  }
  for (const [domain, { base }] of catalog.types)
    if (base !== undefined && splitType(base).base === name) dropType(closure, domain);
  const takesIt = ({ signature }: Routine): boolean =>
    signature.split(',').some((argument) => splitType(argument).base === name);
  for (const [routine, overloads] of catalog.routines ?? [])
    if (overloads.some(takesIt)) dropRoutine(closure, routine, takesIt);
}

function dropColumn(closure: Closure, table: Relation, column: string): void {
  const { name, kind } = table;
  if (!isFirst(closure, `column ${name}.${column}`)) return;
  if (kind.endsWith('view')) {
    dropRelation(closure, name, 'CASCADE drops it');
    return;
  }
  const { catalog } = closure.work;
  lock(closure, name, `CASCADE drops its ${column}`, true);
  for (const index of indexesOf(catalog, name))
    if (columnsOfIndex(index).includes(column)) lock(closure, index.name, 'it is dropped with the column');
  for (const owned of sequencesOf(catalog, name, column)) dropSequence(closure, owned.name);
  for (const key of foreignKeysOf(table))
    if (key.columns.includes(column)) lockReferenced(closure, name, key);
  const key = primaryKey(table);
  for (const { table: child, constraint } of foreignKeysTo(catalog, name))
    if ((constraint.referencedColumns ?? key).includes(column))
      lock(closure, child.name, 'CASCADE drops its foreign key');
  for (const view of readersOfColumn(catalog, name, column))
    dropRelation(closure, view.name, 'CASCADE drops it');
}

/** A routine, and the triggers, defaults, CHECKs, policies, indexes and views that call it. Of several overloads nobody knows which one a caller means, so all callers count. */
export function dropRoutine(
  closure: Closure,
  name: string,
  isMeant: (routine: Routine) => boolean = () => true,
): void {
  const { catalog } = closure.work;
  const overloads = catalog.routines?.get(name) ?? [];
  const isThere = overloads.length === 0 || overloads.some(isMeant);
  if (!isThere || !isFirst(closure, `routine ${name}`)) return;
  for (const caller of callersOf(catalog, name)) {
    if (caller.kind.endsWith('view')) {
      if (caller.calls?.includes(name)) dropRelation(closure, caller.name, `CASCADE drops it with ${name}`);
    } else if (caller.kind === 'index') dropIndex(closure, caller);
    else if (usesRoutine(caller, name)) lock(closure, caller.name, `CASCADE drops what calls ${name}`);
  }
}

function dropIndex(closure: Closure, index: Relation): void {
  for (const part of [index, ...partsOfIndex(closure.work.catalog, index.name)]) {
    lock(closure, part.name, 'CASCADE drops it');
    if (part.table !== undefined) lock(closure, part.table, 'its index is dropped');
  }
}

function holdsRows(relation: Relation | undefined): boolean {
  return (
    relation === undefined || ['table', 'partitioned table', 'materialized view'].includes(relation.kind)
  );
}

function usesRoutine(relation: Relation, name: string): boolean {
  const { triggers = [], columns, constraints } = relation;
  const calls = (text: string | undefined): boolean => calledIn(text).includes(bareName(name));
  return (
    relation.calls?.includes(name) === true ||
    triggers.some((trigger) => trigger.function === name) ||
    columns.some((column) => calls(column.default)) ||
    constraints.some(({ expression }) => calls(expression))
  );
}

/** Everything in these schemas. */
export function dropInside(closure: Closure, schemas: ReadonlySet<string>): void {
  const { catalog } = closure.work;
  const isInside = (name: string): boolean => schemas.has(schemaOf(name));
  for (const { name, kind } of catalog.relations.values()) {
    if (!isInside(name) || kind === 'index') continue;
    if (kind === 'sequence') dropSequence(closure, name);
    else dropRelation(closure, name);
  }
  for (const name of catalog.types.keys()) if (isInside(name)) dropType(closure, name);
  for (const name of catalog.functions.keys()) if (isInside(name)) dropRoutine(closure, name);
}
