import type { ColumnDef, Constraint as ConstraintNode } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { columnClauses } from '../columns.ts';
import { readConstraint } from '../constraints.ts';
import type { RelationEffect } from '../effect.ts';
import { indexesOf } from '../graph.ts';
import { relationName, schemaOf } from '../names.ts';
import { serialType, splitType, typeText } from '../types.ts';
import { isVolatile } from '../volatility.ts';
import { checkForeignKey, referenced } from './foreign-keys.ts';
import type { Command } from './subcommands.ts';
import { hasRows, known, touch, type Work } from './touch.ts';

/** Why a new column makes the server write the whole table anew, undefined when it need not (ATExecAddColumn). */
export function addColumnRewrites(catalog: Catalog, definition: ColumnDef): string | undefined {
  const clauses = columnClauses(definition);
  if (serialType(definition.typeName) !== undefined) return 'each row takes a value from the new sequence';
  if (clauses.some(({ contype }) => contype === 'CONSTR_IDENTITY'))
    return 'each row takes a value from the new identity';
  if (clauses.some(isStored)) return 'each row’s generated value is computed and stored';
  const fallback = clauses.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr;
  if (isVolatile(catalog, fallback)) return 'the default is volatile: each row gets its own value';
  const type = splitType(typeText(catalog, definition.typeName));
  // An array of the domain starts as null, whose elements nobody has to check.
  if (!type.array && catalog.types.get(type.base)?.constrained)
    return 'the domain’s constraint is checked for each row';
  return undefined;
}

export function addColumn({ work, table, command, family }: Command): readonly RelationEffect[] {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  if (definition === undefined) return [];
  const exists = () => known(work, table)?.columns.some(({ name }) => name === definition.colname);
  if (command.missing_ok && exists()) return [];
  return [
    ...rewrites(work, family, definition),
    ...columnClauses(definition).flatMap((clause) => clauseEffects(work, table, family, definition, clause)),
  ];
}

function rewrites(work: Work, family: readonly string[], definition: ColumnDef): readonly RelationEffect[] {
  const why = addColumnRewrites(work.catalog, definition);
  if (why === undefined) return [];
  return rewriteAll(work, family, why);
}

/** Those of the tables that hold rows, and their indexes, in new files. */
export function rewriteAll(
  work: Work,
  tables: readonly string[],
  why: string,
  keepsIndex: (index: Relation) => boolean = () => true,
): readonly RelationEffect[] {
  return tables
    .filter((table) => hasRows(work, table))
    .flatMap((table) => [
      touch(work, table, 'AccessExclusiveLock', why, { rewrite: true }),
      ...indexesOf(work.catalog, table)
        .filter(keepsIndex)
        .map(({ name }) =>
          touch(work, name, 'AccessExclusiveLock', 'it is built anew with its table', { rewrite: true }),
        ),
    ]);
}

/** A verifying pass over those of the tables that hold rows. */
export function scanAll(work: Work, tables: readonly string[], why: string): readonly RelationEffect[] {
  return tables
    .filter((table) => hasRows(work, table))
    .map((table) => touch(work, table, 'AccessExclusiveLock', why, { scan: true }));
}

function clauseEffects(
  work: Work,
  table: string,
  family: readonly string[],
  definition: ColumnDef,
  clause: ConstraintNode,
): readonly RelationEffect[] {
  const { contype } = clause;
  if (contype === 'CONSTR_CHECK' && isEnforced(clause))
    return scanAll(work, clause.is_no_inherit ? [table] : family, 'the CHECK is verified');
  if (contype === 'CONSTR_NOTNULL' && isVirtual(definition))
    return scanAll(work, family, 'NOT NULL is verified for each computed value');
  if (contype === 'CONSTR_NOTNULL' && !hasDefault(definition))
    return scanAll(work, family, 'NOT NULL is verified, and fails if there is a row');
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY')
    return buildIndex(work, table, family, definition, clause);
  return contype === 'CONSTR_FOREIGN' ? references(work, table, family, definition, clause) : [];
}

function buildIndex(
  work: Work,
  table: string,
  family: readonly string[],
  definition: ColumnDef,
  clause: ConstraintNode,
): readonly RelationEffect[] {
  const relation = known(work, table);
  const constraint = relation && readConstraint(work.catalog, relation, clause, definition.colname);
  const builds = `${schemaOf(table)}.${constraint?.name ?? clause.conname ?? definition.colname}`;
  const isPartitioned = relation?.kind === 'partitioned table';
  const built = (isPartitioned ? family : [table])
    .filter((name) => hasRows(work, name))
    .map((name) => touch(work, name, 'AccessExclusiveLock', 'the constraint’s index is built', { builds }));
  const needsProof = clause.contype === 'CONSTR_PRIMARY' && !hasDefault(definition);
  return needsProof ? [...built, ...scanAll(work, family, 'the key is verified to hold no null')] : built;
}

/** A column that starts as null cannot break the foreign key, so only one with a default is checked. */
function references(
  work: Work,
  table: string,
  family: readonly string[],
  definition: ColumnDef,
  clause: ConstraintNode,
): readonly RelationEffect[] {
  const references = relationName(work.catalog, clause.pktable);
  const locked = referenced(work, table, references);
  if (!hasDefaultClause(definition) || clause.skip_validation) return locked;
  const isPartitioned = known(work, table)?.kind === 'partitioned table';
  const tables = isPartitioned ? family : [table];
  return [...locked, ...checkForeignKey(work, { tables, references, lock: 'AccessExclusiveLock' })];
}

/** Whether the rows that are there get a value: from a default, a sequence or an expression. */
export function hasDefault(definition: ColumnDef): boolean {
  if (serialType(definition.typeName) !== undefined) return true;
  return columnClauses(definition).some(({ contype, raw_expr: value, generated_kind: kind }) => {
    if (contype === 'CONSTR_IDENTITY') return true;
    // A virtual column has no value that could be looked at beforehand.
    if (contype === 'CONSTR_GENERATED') return kind !== 'v';
    return contype === 'CONSTR_DEFAULT' && !(value && 'A_Const' in value && value.A_Const.isnull);
  });
}

/** Whether a new column comes with a foreign key that its default makes the server check at once. */
export function addsCheckedReference(definition: ColumnDef): boolean {
  const isKey = columnClauses(definition).some(({ contype }) => contype === 'CONSTR_FOREIGN');
  return isKey && hasDefaultClause(definition);
}

/** Postgres does not look whether the default is null (transformAlterTableStmt). */
function hasDefaultClause(definition: ColumnDef): boolean {
  return (
    hasDefault(definition) || columnClauses(definition).some(({ contype }) => contype === 'CONSTR_DEFAULT')
  );
}

/** A CHECK that is NOT ENFORCED (18) looks at no row. */
function isEnforced({ is_enforced: enforced }: ConstraintNode): boolean {
  return enforced === true;
}

/** GENERATED ALWAYS AS (…) VIRTUAL (18): computed when it is read. */
export function isVirtual(definition: ColumnDef): boolean {
  return columnClauses(definition).some(({ generated_kind: kind }) => kind === 'v');
}

function isStored({ contype, generated_kind: kind }: ConstraintNode): boolean {
  return contype === 'CONSTR_GENERATED' && kind !== 'v';
}
