import type { Constraint } from '../catalog.ts';
import type { RelationEffect } from '../effect.ts';
import { provesNotNull } from '../expression.ts';
import { columnsOfIndex, foreignKeysTo, indexesOf, primaryKey, readersOfColumn } from '../graph.ts';
import { type ColumnChange, isRebuilt } from '../index-parts.ts';
import { baseOf, typeChangeRewrites } from '../type-change.ts';
import { typeText } from '../types.ts';
import { rewriteAll, scanAll } from './add-column.ts';
import type { Command } from './subcommands.ts';
import { hasRows, known, touch, type Work } from './touch.ts';

/** Whether the server need not look: the column is NOT NULL already, or a validated CHECK says so (since 12; NotNullImpliedByRelConstraints). */
export function isProvenNotNull(work: Work, table: string, column: string): boolean {
  const relation = known(work, table);
  if (relation === undefined) return false;
  if (relation.columns.some(({ name, notNull }) => name === column && notNull)) return true;
  return relation.constraints.some(
    (constraint) =>
      constraint.kind === 'check' && constraint.validated && provesNotNull(constraint.expression, column),
  );
}

export function setNotNull({ work, command, family }: Command): readonly RelationEffect[] {
  const unproven = family.filter((table) => !isProvenNotNull(work, table, command.name ?? ''));
  return scanAll(work, unproven, `every row is checked for a null in ${command.name}`);
}

/** The column's indexes and constraints go with it; with a foreign key its peer is locked. */
export function dropColumn({ work, command, table, family }: Command): readonly RelationEffect[] {
  const column = command.name ?? '';
  const exists = known(work, table)?.columns.some(({ name }) => name === column);
  const isHarmless = command.missing_ok && exists === false;
  if (isHarmless) return [];
  const lock = 'AccessExclusiveLock';
  const lost = touch(work, table, lock, `${column} and its values are gone`, { dataLoss: true });
  const indexes = family
    .flatMap((member) => indexesOf(work.catalog, member))
    .filter((index) => columnsOfIndex(index).includes(column))
    .map(({ name }) => touch(work, name, lock, 'it is dropped with the column'));
  const peers = [...keysOf(work, table, column), ...keysTo(work, table, column)];
  const views =
    command.behavior === 'DROP_CASCADE'
      ? readersOfColumn(work.catalog, table, column).map(({ name }) =>
          touch(work, name, lock, 'CASCADE drops it'),
        )
      : [];
  return [
    lost,
    ...indexes,
    ...peers.map((name) => touch(work, name, lock, 'its foreign key is dropped')),
    ...views,
  ];
}

/** Tables that this column's foreign keys refer to. */
function keysOf(work: Work, table: string, column: string): readonly string[] {
  return (known(work, table)?.constraints ?? []).flatMap(({ columns, references }) =>
    references !== undefined && columns.includes(column) ? [references] : [],
  );
}

/** Tables whose foreign keys refer to this column. */
function keysTo(work: Work, table: string, column: string): readonly string[] {
  const key = primaryKey(known(work, table));
  return foreignKeysTo(work.catalog, table)
    .filter(({ constraint }) => (constraint.referencedColumns ?? key).includes(column))
    .map((found) => found.table.name);
}

/** A new type rewrites, or else has CHECKs verified again; foreign keys on either side are made and checked anew (ATPostAlterTypeCleanup). */
export function alterType({ work, command, table, family }: Command): readonly RelationEffect[] {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  if (definition === undefined) return [];
  const name = command.name ?? '';
  const column = known(work, table)?.columns.find((found) => found.name === name);
  const rewrites = typeChangeRewrites(work.catalog, column, definition.typeName, definition.raw_default);
  const own = rewrites
    ? rewriteAll(work, family, `${name} is stored in another form`)
    : scanAll(
        work,
        family.filter((member) => checks(work, member, name)),
        'its CHECKs are verified again',
      );
  const change = {
    column: name,
    from: baseOf(work.catalog, column?.type ?? ''),
    to: baseOf(work.catalog, typeText(work.catalog, definition.typeName)),
    collated: definition.collClause !== undefined,
  };
  const built = rewrites ? [] : rebuilds(work, family, change);
  return [...own, ...built, ...indexLocks(work, family, name), ...foreignKeys(work, table, name, rewrites)];
}

function checks(work: Work, table: string, column: string): boolean {
  return (known(work, table)?.constraints ?? []).some(
    ({ kind, columns, validated }) => kind === 'check' && validated && columns.includes(column),
  );
}

function indexLocks(work: Work, family: readonly string[], column: string): readonly RelationEffect[] {
  return family
    .flatMap((member) => indexesOf(work.catalog, member))
    .filter((index) => columnsOfIndex(index).includes(column))
    .map(({ name }) => touch(work, name, 'AccessExclusiveLock', 'it is made anew with the column’s type'));
}

function rebuilds(work: Work, family: readonly string[], change: ColumnChange): readonly RelationEffect[] {
  const tables = family.map((member) => known(work, member)).filter((table) => table !== undefined);
  return tables
    .filter(({ name }) => hasRows(work, name))
    .flatMap((table) =>
      indexesOf(work.catalog, table.name)
        .filter((index) => columnsOfIndex(index).includes(change.column) && isRebuilt(table, index, change))
        .map(({ name }) =>
          touch(work, table.name, 'AccessExclusiveLock', `its index ${name} is built anew`, { builds: name }),
        ),
    );
}

function foreignKeys(
  work: Work,
  table: string,
  column: string,
  rewrites: boolean,
): readonly RelationEffect[] {
  const lock = 'AccessExclusiveLock';
  const key = primaryKey(known(work, table));
  const referencing = foreignKeysTo(work.catalog, table)
    .filter(({ constraint }) => (constraint.referencedColumns ?? key).includes(column))
    .map(({ table: child, constraint }) =>
      touch(work, child.name, lock, 'its foreign key is made anew', {
        scan: rewrites && constraint.validated,
      }),
    );
  const own = (known(work, table)?.constraints ?? []).filter(
    (constraint): constraint is Constraint & { references: string } =>
      constraint.references !== undefined && constraint.columns.includes(column),
  );
  const referenced = own.map(({ references }) =>
    touch(work, references, lock, 'a foreign key to it is made anew'),
  );
  const checked = rewrites && own.some(({ validated }) => validated);
  const rows = checked ? [touch(work, table, lock, 'its foreign key is checked again', { scan: true })] : [];
  return [...referencing, ...referenced, ...rows];
}

/** SET EXPRESSION (17) computes a stored column anew; a virtual one (18) has nothing stored. */
export function setExpression({ work, command, table, family }: Command): readonly RelationEffect[] {
  const column = known(work, table)?.columns.find(({ name }) => name === command.name);
  if (column?.generated === 'virtual') {
    const checked = family.filter((member) => checks(work, member, command.name ?? ''));
    return scanAll(work, checked, 'its CHECKs are verified again');
  }
  return rewriteAll(work, family, 'each row’s generated value is computed anew');
}
