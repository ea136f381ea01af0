import type { FuncCall, RangeVar } from '@pgsql/types';
import { IMMUTABLE_FUNCTIONS, STABLE_FUNCTIONS } from '../../sql/builtin-functions.ts';
import type { Statement } from '../../sql/statement.ts';
import { isSystemRelation } from '../../sql/system-relations.ts';
import { collect } from '../../sql/walk.ts';

/**
 * What a statement is to a rehearsal. `read`: it reads nothing but catalogs and settings, as tools do to find their way;
 * it is forwarded and counted. `light`: it changes the session and locks no relation; recorded, not looked at.
 * `transaction`: it begins or ends one. `watched`: all else.
 */
export type Weight = 'read' | 'light' | 'transaction' | 'watched';

const LIGHT = new Set([
  'VariableSetStmt',
  'DiscardStmt',
  'ListenStmt',
  'NotifyStmt',
  'UnlistenStmt',
  'DeallocateStmt',
]);

/** Volatile, and yet they touch no relation. `set_config` and the advisory locks are told apart below. */
const CALM = new Set([
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
  'pg_indexes_size',
  'pg_database_size',
  'pg_get_serial_sequence',
  'pg_backend_pid',
  'clock_timestamp',
  'random',
  'gen_random_uuid',
]);
/** Of a session's effect, and worth a line in the record. */
const SESSION = /^(set_config|pg_(try_)?advisory_.+)$/;
/** Stable, and yet they read relations by their names or run SQL that is given as text. */
const READS_BY_NAME = /_to_xml|^(ts_stat|ts_rewrite|currval|pg_sequence_last_value)/;

const SYSTEM_SCHEMAS: readonly (string | undefined)[] = ['pg_catalog', 'information_schema'];
const WRITES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'IntoClause', 'intoClause'];

function isCatalog({ schemaname, relname = '' }: RangeVar, own: ReadonlySet<string>): boolean {
  if (schemaname !== undefined) return SYSTEM_SCHEMAS.includes(schemaname);
  return own.has(relname) || isSystemRelation(relname);
}

function nameOf({ funcname = [] }: FuncCall): { readonly schema: string | undefined; readonly name: string } {
  const parts = funcname.map((part) => ('String' in part ? (part.String.sval ?? '') : ''));
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1) ?? '' };
}

/** `read` for a function of the server's own that keeps no lock and changes nothing. */
export function weighCall(call: FuncCall): Weight {
  const { schema, name } = nameOf(call);
  if (schema !== undefined && !SYSTEM_SCHEMAS.includes(schema)) return 'watched';
  if (SESSION.test(name)) return 'light';
  const isKnown = STABLE_FUNCTIONS.has(name) || IMMUTABLE_FUNCTIONS.has(name) || CALM.has(name);
  return isKnown && !READS_BY_NAME.test(name) ? 'read' : 'watched';
}

function weighSelect({ node }: Statement): Weight {
  if (WRITES.some((tag) => collect(node, tag).length > 0)) return 'watched';
  const own = new Set(
    collect<{ ctename?: string }>(node, 'CommonTableExpr').map(({ ctename = '' }) => ctename),
  );
  if (!collect<RangeVar>(node, 'RangeVar').every((relation) => isCatalog(relation, own))) return 'watched';
  const calls = collect<FuncCall>(node, 'FuncCall').map(weighCall);
  if (calls.includes('watched')) return 'watched';
  return calls.includes('light') ? 'light' : 'read';
}

/** Says how a statement is treated. `loadParser` must have run when it was made. */
export function weigh(statement: Statement): Weight {
  const { kind } = statement;
  if (kind === 'TransactionStmt') return 'transaction';
  if (kind === 'VariableShowStmt') return 'read';
  if (LIGHT.has(kind)) return 'light';
  return kind === 'SelectStmt' ? weighSelect(statement) : 'watched';
}
