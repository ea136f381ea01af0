import type {
  AccessPriv,
  AlterTableCmd,
  AlterTableStmt,
  ATAlterConstraint,
  ColumnDef,
  Constraint,
  CopyStmt,
  CreateFunctionStmt,
  CreateStatsStmt,
  CreateStmt,
  CreateTrigStmt,
  DefElem,
  GrantRoleStmt,
  IndexStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  PartitionCmd,
  PublicationObjSpec,
  RangeSubselect,
  ReindexStmt,
  ReturningClause,
  StatsElem,
  VacuumRelation,
  VacuumStmt,
  ViewStmt,
} from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import { isNotEnforced } from '../../sql/constraints.ts';
import type { PostgresVersion } from '../../sql/effect.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { namesOldOrNew } from './old-and-new.ts';

/** What some version brought to the language. The words follow "does not take", the advice is an imperative. */
export type NewerSyntax = {
  readonly since: PostgresVersion;
  readonly words: string;
  readonly instead: string;
  /** The member or tag of the parse tree that holds it. */
  readonly at: string;
  readonly isUsed: (part: object, statement: Statement, catalog: Catalog) => boolean;
};

function row<Part extends object>(
  since: PostgresVersion,
  at: string,
  words: string,
  instead: string,
  isUsed: (part: Part, statement: Statement, catalog: Catalog) => boolean = () => true,
): NewerSyntax {
  // The grammar says which shape stands at a tag.
  return { since, at, words, instead, isUsed: isUsed as NewerSyntax['isUsed'] };
}

/** From the release notes of 14 to 18, and measured where bench/locks has a case of it. The newest first. */
export const NEWER_SYNTAX: readonly NewerSyntax[] = [
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
      collectCommands(cmds).some(is('AT_SetAccessMethod')) &&
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
  row<RangeSubselect>(
    16,
    'RangeSubselect',
    'a subquery in `FROM` without an alias',
    'give the subquery an alias',
    ({ alias }) => alias === undefined,
  ),
  row<ColumnDef>(
    16,
    'ColumnDef',
    '`STORAGE` in a column definition',
    'set it afterwards with `ALTER COLUMN … SET STORAGE`',
    ({ storage_name: name }) => name !== undefined,
  ),
  row<AlterTableCmd>(
    16,
    'AlterTableCmd',
    '`SET STORAGE DEFAULT`',
    'name the storage of the type, such as `EXTENDED` or `PLAIN`',
    (command) => is('AT_SetStorage')(command) && text(command.def) === 'default',
  ),
  row<CreateStatsStmt>(
    16,
    'CreateStatsStmt',
    '`CREATE STATISTICS` without a name',
    'give the statistics a name',
    ({ defnames }) => defnames === undefined,
  ),
  row<VacuumStmt>(
    16,
    'VacuumStmt',
    '`PROCESS_MAIN`, `BUFFER_USAGE_LIMIT` and the options for database statistics',
    'leave the option out',
    ({ options }) =>
      has(options, 'process_main', 'buffer_usage_limit', 'only_database_stats', 'skip_database_stats'),
  ),
  row<CopyStmt>(16, 'CopyStmt', '`DEFAULT` in `COPY`', 'leave the option out', ({ options }) =>
    has(options, 'default'),
  ),
  row<GrantRoleStmt>(
    16,
    'GrantRoleStmt',
    '`INHERIT` and `SET` in `GRANT` of a role',
    'grant the role without options',
    ({ opt }) => has(opt, 'inherit', 'set'),
  ),
  row(16, 'JsonIsPredicate', '`IS JSON`', 'check the value in a function'),
  row<AlterTableCmd>(
    15,
    'AlterTableCmd',
    '`SET ACCESS METHOD`',
    'copy the rows to a table made `USING` the access method',
    is('AT_SetAccessMethod'),
  ),
  row(15, 'MergeStmt', '`MERGE`', 'write `INSERT … ON CONFLICT`, or an `UPDATE` and an `INSERT`'),
  row<Constraint>(
    15,
    'Constraint',
    '`NULLS NOT DISTINCT`',
    'make a unique index of `coalesce` expressions',
    ({ nulls_not_distinct: is }) => is === true,
  ),
  row<IndexStmt>(
    15,
    'IndexStmt',
    '`NULLS NOT DISTINCT`',
    'make a unique index of `coalesce` expressions',
    ({ nulls_not_distinct: is }) => is === true,
  ),
  row<Constraint>(
    15,
    'Constraint',
    'columns after `ON DELETE SET NULL` or `SET DEFAULT`',
    'leave the columns out, or set them in a trigger',
    ({ fk_del_set_cols: columns }) => columns !== undefined,
  ),
  row<PublicationObjSpec>(
    15,
    'PublicationObjSpec',
    '`TABLES IN SCHEMA` in a publication',
    'name the tables',
    ({ pubobjtype }) => pubobjtype?.startsWith('PUBLICATIONOBJ_TABLES_IN') === true,
  ),
  row<PublicationObjSpec>(
    15,
    'PublicationObjSpec',
    'columns and `WHERE` in a publication',
    'publish the whole table',
    ({ pubtable }) => pubtable?.columns !== undefined || pubtable?.whereClause !== undefined,
  ),
  row<AlterTableStmt>(
    15,
    'AlterTableStmt',
    '`SET LOGGED` and `SET UNLOGGED` of a sequence',
    'leave the sequence as it is',
    ({ objtype, cmds }) =>
      objtype === 'OBJECT_SEQUENCE' &&
      collectCommands(cmds).some((one) => is('AT_SetLogged')(one) || is('AT_SetUnLogged')(one)),
  ),
  row<ViewStmt>(
    15,
    'ViewStmt',
    'the view option `security_invoker`',
    'leave the option out, and grant the view to nobody who may not read its tables',
    ({ options }) => has(options, 'security_invoker'),
  ),
  row<AlterTableStmt>(
    15,
    'AlterTableStmt',
    'the view option `security_invoker`',
    'leave the option out, and grant the view to nobody who may not read its tables',
    ({ objtype, cmds }) =>
      objtype === 'OBJECT_VIEW' &&
      collectCommands(cmds).some(
        ({ def }) => def !== undefined && 'List' in def && has(def.List.items, 'security_invoker'),
      ),
  ),
  row<CopyStmt>(15, 'CopyStmt', '`HEADER MATCH` in `COPY`', 'write `HEADER`', ({ options }) =>
    optionsOf(options).some(({ defname, arg }) => defname === 'header' && text(arg) === 'match'),
  ),
  row<PartitionCmd>(
    14,
    'PartitionCmd',
    '`DETACH PARTITION … CONCURRENTLY`',
    "write `DETACH PARTITION` under a short `lock_timeout`, which locks the partitioned table's readers out for a moment",
    ({ concurrent }) => concurrent === true,
  ),
  row<AlterTableCmd>(
    14,
    'AlterTableCmd',
    '`DETACH PARTITION … FINALIZE`',
    'leave the statement out',
    is('AT_DetachPartitionFinalize'),
  ),
  row<AlterTableCmd>(
    14,
    'AlterTableCmd',
    '`SET COMPRESSION`',
    'leave the statement out',
    is('AT_SetCompression'),
  ),
  row<ColumnDef>(
    14,
    'ColumnDef',
    '`COMPRESSION` in a column definition',
    'leave it out',
    ({ compression }) => compression !== undefined,
  ),
  row<CreateTrigStmt>(
    14,
    'CreateTrigStmt',
    '`CREATE OR REPLACE TRIGGER`',
    'write `DROP TRIGGER IF EXISTS`, then `CREATE TRIGGER` in the same transaction',
    ({ replace }) => replace === true,
  ),
  row<StatsElem>(
    14,
    'StatsElem',
    'expressions in `CREATE STATISTICS`',
    'make an index of the expression, which has statistics of its own',
    ({ expr }) => expr !== undefined,
  ),
  row<ReindexStmt>(
    14,
    'ReindexStmt',
    '`TABLESPACE` in `REINDEX`',
    'move the index with `ALTER INDEX … SET TABLESPACE`',
    ({ params }) => has(params, 'tablespace'),
  ),
  row<ReindexStmt>(
    14,
    'ReindexStmt',
    '`CONCURRENTLY` among the options of `REINDEX`',
    'write `CONCURRENTLY` after `INDEX` or `TABLE`',
    ({ params }, { sql }) =>
      optionsOf(params).some(
        ({ defname, location = 0 }) => defname === 'concurrently' && isInBrackets(sql, location),
      ),
  ),
  row<CreateFunctionStmt>(
    14,
    'CreateFunctionStmt',
    'a function body without quotes (`BEGIN ATOMIC` or `RETURN`)',
    'write the body as a string between `$$`',
    ({ sql_body: body }) => body !== undefined,
  ),
  row<VacuumStmt>(14, 'VacuumStmt', '`PROCESS_TOAST` in `VACUUM`', 'leave the option out', ({ options }) =>
    has(options, 'process_toast'),
  ),
  row(14, 'search_clause', '`SEARCH` in a recursive query', 'keep the path in a column of the query'),
  row(14, 'cycle_clause', '`CYCLE` in a recursive query', 'keep the path in a column of the query'),
  row(14, 'join_using_alias', 'an alias of `JOIN … USING`', 'leave the alias out'),
];

function is(subtype: AlterTableCmd['subtype']): (command: AlterTableCmd) => boolean {
  return (command) => command.subtype === subtype;
}

function collectCommands(nodes: readonly Node[] = []): readonly AlterTableCmd[] {
  return nodes.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
}

function optionsOf(nodes: readonly Node[] = []): readonly DefElem[] {
  return nodes.flatMap((node) => ('DefElem' in node ? [node.DefElem] : []));
}

function has(nodes: readonly Node[] | undefined, ...names: readonly string[]): boolean {
  return optionsOf(nodes).some(({ defname = '' }) => names.includes(defname));
}

function text(node: Node | undefined): string | undefined {
  return node !== undefined && 'String' in node ? node.String.sval?.toLowerCase() : undefined;
}

/** Both places of CONCURRENTLY give the same tree: only where it stands tells them apart. */
function isInBrackets(sql: string, byte: number): boolean {
  const before = Buffer.from(sql).subarray(0, byte).toString();
  return before.lastIndexOf('(') > before.lastIndexOf(')');
}
