import type { Node } from '@pgsql/types';
import { languageOf } from '../../sql/routine.ts';
import type { DdlStep } from './ddl-statement.ts';

/** What is never taken along, and why. */
export const REMOVED: Readonly<Record<string, string>> = {
  CreateSubscriptionStmt: 'it would let a branch receive production’s changes, and holds the way to it',
  AlterSubscriptionStmt: 'its subscription is removed',
  CreatePublicationStmt: 'nobody subscribes to a branch, and it tells who reads production’s changes',
  CreateUserMappingStmt: 'it holds a password of another server',
  AlterUserMappingStmt: 'it holds a password of another server',
  SecLabelStmt: 'labels are rules of other tools, and none of them is there',
  AlterOwnerStmt: 'production’s roles are not on the branch server; everything belongs to the branch’s role',
  GrantStmt: 'production’s roles are not on the branch server; a branch’s role owns everything',
  GrantRoleStmt: 'production’s roles are not on the branch server',
  AlterDefaultPrivilegesStmt: 'production’s roles are not on the branch server',
  AlterDatabaseSetStmt: 'settings of production can hold secrets, and belong to its server',
  AlterRoleSetStmt: 'settings of production’s roles can hold secrets, and the roles are not there',
  AlterDatabaseStmt: 'the branch server makes its databases itself',
  CreatedbStmt: 'the branch server makes its databases itself',
  CreateTableSpaceStmt: 'the branch server has tablespaces of its own',
  AlterEventTrigStmt: 'event triggers are off on the branch server',
};

/** When a statement of the section after the rows runs; those that are not listed have their place in the order. */
const STEPS: Readonly<Record<string, DdlStep>> = {
  IndexStmt: 'index',
  CreateTrigStmt: 'code',
  RuleStmt: 'code',
  CreatePolicyStmt: 'code',
  CreateEventTrigStmt: 'code',
  RefreshMatViewStmt: 'refresh',
};

/** Statements that pg_dump writes and that may stay when nothing in them is personal; what is in no table here is refused. */
const KEPT: ReadonlySet<string> = new Set(
  `AlterDomainStmt AlterEnumStmt AlterFunctionStmt AlterObjectDependsStmt AlterOpFamilyStmt AlterOperatorStmt
  AlterSeqStmt AlterStatsStmt AlterTableStmt AlterTSConfigurationStmt AlterTSDictionaryStmt
  AlterTypeStmt CompositeTypeStmt CreateAmStmt CreateCastStmt CreateConversionStmt CreateDomainStmt CreateEnumStmt
  CreateFunctionStmt CreateOpClassStmt CreateOpFamilyStmt CreatePLangStmt CreatePolicyStmt
  CreateRangeStmt CreateSeqStmt CreateStatsStmt CreateStmt CreateTableAsStmt CreateTransformStmt CreateTrigStmt
  DefineStmt IndexStmt RefreshMatViewStmt RuleStmt ViewStmt`.split(/\s+/),
);

export function isKept(tag: string): boolean {
  return KEPT.has(tag);
}

type Command = { readonly subtype?: string; readonly def?: Node };

/** The subcommands of an ALTER TABLE. */
export function commandsOf(node: Node): readonly Command[] {
  if (!('AlterTableStmt' in node)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((each) =>
    'AlterTableCmd' in each ? [each.AlterTableCmd as Command] : [],
  );
}

const ROW_CODE = /^AT_(Enable|Disable|Force|NoForce)(Always|Replica)?(Trig|Rule|RowSecurity)/;
const BUILDING = new Set(['CONSTR_PRIMARY', 'CONSTR_UNIQUE', 'CONSTR_EXCLUSION']);

/** When a statement of the section after the rows has its turn. */
export function stepOf(tag: string, node: Node): DdlStep {
  const step = STEPS[tag];
  if (step !== undefined) return step;
  const [command, second] = commandsOf(node);
  if (command === undefined || second !== undefined) return 'other';
  if (ROW_CODE.test(command.subtype ?? '')) return 'code';
  const added =
    command.def !== undefined && 'Constraint' in command.def ? command.def.Constraint.contype : undefined;
  if (added === 'CONSTR_FOREIGN') return 'foreign key';
  return added !== undefined && BUILDING.has(added) ? 'index' : 'other';
}

/** In 13 and later; a superuser's alone, whatever the database (docs: the commands' pages). */
const OF_SUPERUSERS: ReadonlySet<string> = new Set([
  'CreateAmStmt',
  'CreateEventTrigStmt',
  'CreateFdwStmt',
  'CreateOpClassStmt',
  'CreateOpFamilyStmt',
  'AlterOpFamilyStmt',
  'CreateTransformStmt',
]);
const TRUSTED_LANGUAGES = new Set([
  'sql',
  'plpgsql',
  'plperl',
  'pltcl',
  'plv8',
  'plrust',
  'pllua',
  'plr_trusted',
]);

/** Whether the server refuses it to everybody but a superuser. */
export function needsSuperuser(tag: string, node: Node): boolean {
  if (OF_SUPERUSERS.has(tag)) return true;
  if ('CreateFunctionStmt' in node) return !TRUSTED_LANGUAGES.has(languageOf(node.CreateFunctionStmt));
  // A base type: CREATE TYPE with input and output functions.
  return (
    'DefineStmt' in node && node.DefineStmt.kind === 'OBJECT_TYPE' && node.DefineStmt.definition !== undefined
  );
}

/** Extensions of the server's own packages that an owner of the database may create (docs: appendix F, "trusted"). */
const TRUSTED: ReadonlySet<string> = new Set(
  `plpgsql btree_gin btree_gist citext cube dict_int fuzzystrmatch hstore intarray isn jsonb_plperl lo ltree pgcrypto
  pg_trgm plperl pltcl seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp bool_plperl hstore_plperl`.split(
    /\s+/,
  ),
);
/** Extensions whose library must be in shared_preload_libraries, by their own manuals. */
const PRELOADED: ReadonlySet<string> = new Set(
  `pg_cron timescaledb citus pgaudit pg_stat_statements pglogical pg_net pg_wait_sampling pg_stat_kcache pg_qualstats
  pg_squeeze bdr spock pg_stat_monitor pg_tle pgsodium columnar documentdb_core vchord pg_failover_slots`.split(
    /\s+/,
  ),
);

export function extensionNeeds(name: string): { readonly superuser: boolean; readonly preload: boolean } {
  return { superuser: !TRUSTED.has(name), preload: PRELOADED.has(name) };
}
