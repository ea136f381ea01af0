import type {
  AccessPriv,
  AlterTableCmd,
  AlterTableStmt,
  ATAlterConstraint,
  Constraint,
  CopyStmt,
  CreateStmt,
  MergeStmt,
  MergeWhenClause,
  ReturningClause,
  VacuumRelation,
} from '@pgsql/types';
import { isNotEnforced } from '../../sql/constraints.ts';
import { relationName } from '../../sql/names.ts';
import { has, is, type NewerSyntax, row, subcommands } from './newer-syntax.ts';
import { namesOldOrNew } from './old-and-new.ts';

/** From the release notes of 18 and 17, and measured where bench/locks has a case of it. The newest first. */
export const SINCE_17: readonly NewerSyntax[] = [
  row<Constraint>(
    18,
    'Constraint',
    '`VIRTUAL` generated columns',
    'compute the value in a view',
    ({ generated_kind: kind }) => kind === 'v',
  ),
  row<Constraint>(
    18,
    'Constraint',
    '`ENFORCED` and `NOT ENFORCED`',
    'add the constraint `NOT VALID` or leave it out',
    (constraint) =>
      constraint.contype === 'CONSTR_ATTR_ENFORCED' ||
      constraint.contype === 'CONSTR_ATTR_NOT_ENFORCED' ||
      isNotEnforced(constraint),
  ),
  row<Constraint>(
    18,
    'Constraint',
    '`NOT NULL` as a constraint of the table',
    'add `CHECK (… IS NOT NULL) NOT VALID`, validate it in a later transaction, then `SET NOT NULL`',
    (constraint, statement) =>
      constraint.contype === 'CONSTR_NOTNULL' &&
      (constraint.keys !== undefined || constraint.is_no_inherit === true) &&
      statement.kind !== 'AlterDomainStmt',
  ),
  row<ATAlterConstraint>(
    18,
    'ATAlterConstraint',
    '`ALTER CONSTRAINT` with `ENFORCED` or `INHERIT`',
    'drop the constraint and add it again as it should be, `NOT VALID` at first',
    ({ alterEnforceability, alterInheritability }) =>
      alterEnforceability === true || alterInheritability === true,
  ),
  row<Constraint>(
    18,
    'Constraint',
    '`WITHOUT OVERLAPS`',
    'use an `EXCLUDE USING gist` constraint, with the extension `btree_gist`',
    ({ without_overlaps: is }) => is === true,
  ),
  row<Constraint>(
    18,
    'Constraint',
    '`PERIOD` in a foreign key',
    'check the period in a trigger',
    ({ fk_with_period: is }) => is === true,
  ),
  row<ReturningClause>(
    18,
    'returningClause',
    '`OLD` and `NEW` in `RETURNING`',
    'return the columns themselves, which are the new values, or the old ones of a `DELETE`',
    (returning, { node }) => namesOldOrNew(returning, node),
  ),
  row<VacuumRelation>(
    18,
    'VacuumRelation',
    '`ONLY` in `VACUUM` and `ANALYZE`',
    'leave `ONLY` out',
    ({ relation }) => relation?.inh !== true && relation !== undefined,
  ),
  row<CopyStmt>(18, 'CopyStmt', '`REJECT_LIMIT` in `COPY`', 'leave the option out', ({ options }) =>
    has(options, 'reject_limit'),
  ),
  row<AlterTableCmd>(
    17,
    'AlterTableCmd',
    '`SET EXPRESSION`',
    'drop the generated column and add it again',
    is('AT_SetExpression'),
  ),
  row<AlterTableCmd>(
    17,
    'AlterTableCmd',
    '`SET STATISTICS DEFAULT`',
    'write `SET STATISTICS -1`',
    (command) => is('AT_SetStatistics')(command) && command.def === undefined,
  ),
  row<AlterTableCmd>(
    17,
    'AlterTableCmd',
    '`SET ACCESS METHOD DEFAULT`',
    'name the access method',
    (command) => is('AT_SetAccessMethod')(command) && command.name === undefined,
  ),
  row<AlterTableStmt>(
    17,
    'AlterTableStmt',
    '`SET ACCESS METHOD` on a partitioned table',
    'set it for each partition by itself',
    ({ cmds, relation }, _, catalog) =>
      subcommands(cmds).some(is('AT_SetAccessMethod')) &&
      catalog.relations.get(relationName(catalog, relation))?.kind === 'partitioned table',
  ),
  row<CreateStmt>(
    17,
    'CreateStmt',
    '`USING` an access method on a partitioned table',
    'name the access method with each partition',
    ({ partspec, accessMethod }) => partspec !== undefined && accessMethod !== undefined,
  ),
  row<Constraint>(
    17,
    'Constraint',
    '`ADD NOT NULL` on a domain',
    'write `SET NOT NULL`',
    ({ contype }, { kind }) => contype === 'CONSTR_NOTNULL' && kind === 'AlterDomainStmt',
  ),
  row<MergeStmt>(
    17,
    'MergeStmt',
    '`RETURNING` in `MERGE`',
    'read the rows in a query of its own',
    ({ returningClause }) => returningClause !== undefined,
  ),
  row<MergeWhenClause>(
    17,
    'MergeWhenClause',
    '`NOT MATCHED BY SOURCE`',
    'change the rows that the source does not have in a statement of their own',
    ({ matchKind }) => matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
  ),
  row<CopyStmt>(
    17,
    'CopyStmt',
    '`ON_ERROR` and `LOG_VERBOSITY` in `COPY`',
    'leave the option out and copy rows that are known to be sound',
    ({ options }) => has(options, 'on_error', 'log_verbosity'),
  ),
  row<AccessPriv>(
    17,
    'AccessPriv',
    'the privilege `MAINTAIN`',
    'let the owner of the table do the maintenance',
    ({ priv_name: name }, { kind }) => name === 'maintain' && kind === 'GrantStmt',
  ),
  row(17, 'JsonTable', '`JSON_TABLE`', 'use `jsonb_to_recordset` or `jsonb_path_query`'),
];
