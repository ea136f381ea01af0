import type { TypeName } from '@pgsql/types';
import type { Column, Relation } from '../catalog.ts';
import type { RelationEffect } from '../effect.ts';
import { provesNotNull } from '../expression.ts';
import {
  childrenOf,
  columnsOfIndex,
  foreignKeysTo,
  indexesOf,
  primaryKey,
  readersOfColumn,
  sequencesOf,
} from '../graph.ts';
import { type ColumnChange, isRebuilt } from '../index-parts.ts';
import { baseOf, typeChangeRewrites } from '../type-change.ts';
import { typeText } from '../types.ts';
import { rewriteAll, scanAll } from './add-column.ts';
import { checkForeignKey, referencedTables } from './foreign-keys.ts';
import type { Command } from './subcommands.ts';
import { hasRows, known, type Setting, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

const LOCK = 'AccessExclusiveLock';

/** Whether the server need not look: the column is NOT NULL already, or a validated CHECK says so (since 12; NotNullImpliedByRelConstraints). */
export function isProvenNotNull(work: Setting, table: string, column: string): boolean {
  const relation = known(work, table);
  if (relation === undefined) return false;
  if (columnOf(work, table, column)?.notNull) return true;
  return relation.constraints.some(
    (constraint) =>
      constraint.kind === 'check' && constraint.validated && provesNotNull(constraint.expression, column),
  );
}

export function setNotNull({ work, command, family }: Command): readonly RelationEffect[] {
  const unproven = family.filter((table) => !isProvenNotNull(work, table, command.name ?? ''));
  return scanAll(work, unproven, `every row is checked for a null in ${command.name}`);
}

/** A column that is NOT NULL already is left alone, children and all (18). */
export function setNotNullRecurses({ work, table, command }: Command): boolean {
  return !(holds(work, 'notNullIsConstraint') && columnOf(work, table, command.name ?? '')?.notNull === true);
}

/** ONLY does not spare the children: what they inherited becomes their own. */
export function lockChildren({ work, table }: Command): readonly RelationEffect[] {
  return childrenOf(work.catalog, table).map(({ name }) =>
    touch(work, name, LOCK, `what it inherited from ${table} becomes its own`),
  );
}

/** The same, where NOT NULL is a constraint (18). */
export function dropNotNull(command: Command): readonly RelationEffect[] {
  const isOnly = command.reach.length === 1;
  return isOnly && holds(command.work, 'notNullIsConstraint') ? lockChildren(command) : [];
}

/** The column's indexes, sequences and constraints go with it; with a foreign key its peer is locked. */
export function dropColumn(asked: Command): readonly RelationEffect[] {
  const { work, command, table } = asked;
  const column = command.name ?? '';
  const exists = columnOf(work, table, column) !== undefined;
  if (command.missing_ok && known(work, table) !== undefined && !exists) return [];
  const isCascade = command.behavior === 'DROP_CASCADE';
  const columns = isCascade ? [column, ...computedFrom(work, table, column)] : [column];
  return [
    touch(work, table, LOCK, `${column} and its values are gone`, { dataLoss: true }),
    ...(asked.reach.length === 1 ? lockChildren(asked) : []),
    ...columns.flatMap((name) => dropParts(asked, name)),
  ];
}

/** Generated columns, which CASCADE drops. */
function computedFrom(work: Work, table: string, column: string): readonly string[] {
  const columns = known(work, table)?.columns ?? [];
  return columns.flatMap(({ name, computedFrom }) => (computedFrom?.includes(column) ? [name] : []));
}

function dropParts({ work, command, table, family }: Command, column: string): readonly RelationEffect[] {
  const views = command.behavior === 'DROP_CASCADE' ? readersOfColumn(work.catalog, table, column) : [];
  const sequences = family.flatMap((member) => sequencesOf(work.catalog, member, column));
  return [
    ...indexesOn(work, family, column).map(({ name }) =>
      touch(work, name, LOCK, 'it is dropped with the column'),
    ),
    ...sequences.map(({ name }) => touch(work, name, LOCK, 'it is dropped with the column')),
    ...[...keysOf(work, table, column), ...keysTo(work, table, column)].map((name) =>
      touch(work, name, LOCK, 'its foreign key is dropped'),
    ),
    ...views.flatMap((view) => [
      touch(work, view.name, LOCK, 'CASCADE drops it', { dataLoss: view.kind === 'materialized view' }),
      ...indexesOf(work.catalog, view.name).map(({ name }) => touch(work, name, LOCK, 'CASCADE drops it')),
    ]),
  ];
}

/** Tables that this column's foreign keys refer to. */
function keysOf(work: Work, table: string, column: string): readonly string[] {
  return (known(work, table)?.constraints ?? []).flatMap(({ columns, references }) =>
    references !== undefined && columns.includes(column) ? referencedTables(work, references) : [],
  );
}

/** Tables whose foreign keys refer to this column. */
function keysTo(work: Work, table: string, column: string): readonly string[] {
  return referencingColumn(work, table, column).map((found) => found.table.name);
}

function referencingColumn(work: Work, table: string, column: string) {
  const key = primaryKey(known(work, table));
  return foreignKeysTo(work.catalog, table).filter(({ constraint }) =>
    (constraint.referencedColumns ?? key).includes(column),
  );
}

/** What one ALTER COLUMN … TYPE changes. */
type Change = Pick<Command, 'work' | 'table' | 'family'> & {
  readonly name: string;
  readonly column: Column | undefined;
  readonly rewrites: boolean;
  /** Undefined where the rows are written anew, and every index with them. */
  readonly kept: ColumnChange | undefined;
};

/** A new type rewrites, or else has CHECKs verified again; indexes and foreign keys of the column are made anew (ATPostAlterTypeCleanup). */
export function alterType({ work, command, table, family }: Command): readonly RelationEffect[] {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  if (definition === undefined) return [];
  const name = command.name ?? '';
  const column = columnOf(work, table, name);
  const isStored = column?.generated !== 'virtual';
  const rewrites =
    isStored && typeChangeRewrites(work.catalog, column, definition.typeName, definition.raw_default);
  const kept = {
    column: name,
    from: baseOf(work.catalog, column?.type ?? ''),
    to: baseOf(work.catalog, typeText(work.catalog, definition.typeName)),
    collated: definition.collClause !== undefined,
  };
  const change = { work, table, family, name, column, rewrites, kept: rewrites ? undefined : kept };
  const changed = rewrites
    ? rewriteAll(work, family, `${name} is stored in another form`, isElsewhere(name))
    : checksVerified(work, family, name);
  return [
    ...changed,
    ...family.flatMap((member) => remadeIndexes(change, member)),
    ...ownKeysRemade(change),
    ...keysToRemade(change),
    ...identityRemade(change, definition.typeName),
  ];
}

/** An index of the changed column is not rewritten: another takes its place. */
function isElsewhere(column: string): (index: Relation) => boolean {
  return (index) => !columnsOfIndex(index).includes(column);
}

function checksVerified(work: Work, family: readonly string[], column: string): readonly RelationEffect[] {
  const checked = family.filter((member) =>
    known(work, member)?.constraints.some(
      ({ kind, columns, validated }) => kind === 'check' && validated && columns.includes(column),
    ),
  );
  return scanAll(work, checked, 'its CHECKs are verified again');
}

/** The new index takes over the old one's files if nothing in it changes (CheckIndexCompatible); one that is part of a partitioned index is always built. */
function remadeIndexes({ work, name, kept }: Change, member: string): readonly RelationEffect[] {
  const table = known(work, member);
  return indexesOn(work, [member], name).flatMap((index) => {
    const isKept = kept && table && index.parents.length === 0 && !isRebuilt(table, index, kept);
    const remade = touch(work, index.name, LOCK, 'it is made anew with the column’s type');
    if (isKept || !hasRows(work, member)) return [remade];
    return [
      remade,
      touch(work, member, LOCK, 'an index of the column is built anew', { builds: index.name }),
    ];
  });
}

function indexesOn(work: Work, family: readonly string[], column: string): readonly Relation[] {
  return family
    .flatMap((member) => indexesOf(work.catalog, member))
    .filter((index) => columnsOfIndex(index).includes(column));
}

/** Foreign keys of the column: the tables that they refer to lose triggers and get them again. */
function ownKeysRemade({ work, table, family, name, rewrites }: Change): readonly RelationEffect[] {
  return (known(work, table)?.constraints ?? []).flatMap((constraint) => {
    const { references, columns, validated, enforced } = constraint;
    if (references === undefined || !columns.includes(name)) return [];
    const isRoot = (member: string): boolean => known(work, member)?.kind === 'partitioned table';
    const hasTriggers = (member: string): boolean =>
      enforced !== false && (!isRoot(member) || holds(work, 'partitionedReferencesHaveTriggers'));
    const peers = referencedTables(work, references).map((peer) =>
      touch(
        work,
        peer,
        hasTriggers(peer) ? LOCK : 'ShareRowExclusiveLock',
        'a foreign key to it is made anew',
      ),
    );
    const tables = isRoot(table) ? family : [table];
    const isChecked = rewrites && validated;
    return isChecked ? [...peers, ...checkForeignKey(work, { tables, references, lock: LOCK })] : peers;
  });
}

/** Foreign keys of other tables that refer to the column. */
function keysToRemade({ work, table, name, rewrites }: Change): readonly RelationEffect[] {
  return referencingColumn(work, table, name).flatMap(({ table: child, constraint }) => [
    touch(work, child.name, LOCK, 'its foreign key is made anew'),
    ...(rewrites && constraint.validated
      ? checkForeignKey(work, { tables: [child.name], references: table, lock: LOCK })
      : []),
  ]);
}

/** The sequence of an identity column gets the new type, too. */
function identityRemade({ work, table, name, column }: Change, type: TypeName | undefined) {
  const isSame = column?.type === typeText(work.catalog, type);
  if (column?.generated !== 'identity' || isSame) return [];
  return sequencesOf(work.catalog, table, name).map((sequence) =>
    touch(work, sequence.name, 'ShareRowExclusiveLock', 'it gets the column’s type', { rewrite: true }),
  );
}

/** SET EXPRESSION (17) computes a stored column anew; a virtual one (18) has nothing stored. */
export function setExpression({ work, command, table, family }: Command): readonly RelationEffect[] {
  const name = command.name ?? '';
  if (columnOf(work, table, name)?.generated === 'virtual') return checksVerified(work, family, name);
  const change = { work, table, family, name, column: undefined, rewrites: true, kept: undefined };
  return [
    ...rewriteAll(work, family, 'each row’s generated value is computed anew', isElsewhere(name)),
    ...family.flatMap((member) => remadeIndexes(change, member)),
  ];
}

/** SET GENERATED alone leaves the sequence as it is; its options write it anew. */
export function setIdentity({ work, command, table }: Command): readonly RelationEffect[] {
  const options = command.def && 'List' in command.def ? (command.def.List.items ?? []) : [];
  const rewrite = options.some((option) => 'DefElem' in option && option.DefElem.defname !== 'generated');
  return sequencesOf(work.catalog, table, command.name).map(({ name }) =>
    touch(work, name, 'ShareRowExclusiveLock', 'its options change', { rewrite }),
  );
}

export function dropIdentity({ work, command, table }: Command): readonly RelationEffect[] {
  return sequencesOf(work.catalog, table, command.name).map(({ name }) =>
    touch(work, name, LOCK, 'it is dropped with the identity'),
  );
}

function columnOf(work: Setting, table: string, column: string): Column | undefined {
  return known(work, table)?.columns.find(({ name }) => name === column);
}
