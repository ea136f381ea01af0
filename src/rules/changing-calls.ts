import type { FuncCall, Node, SQLValueFunction } from '@pgsql/types';
import { VOLATILE_FUNCTIONS } from '../sql/builtin-functions.ts';
import type { Catalog } from '../sql/catalog.ts';
import { resolve, strings } from '../sql/names.ts';
import { collect } from '../sql/walk.ts';

/** Stable functions of Postgres in all their forms. Others, such as date_trunc, are stable for some types only, which the text does not tell. */
const ASKS_CLOCK_OR_SESSION = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'inet_client_addr',
  'pg_backend_pid',
  'pg_current_xact_id',
  'txid_current',
]);

/** CURRENT_DATE and its like, as SQL writes them. */
const VALUES: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
};

/** Calls in an expression that are known to answer differently from time to time, as SQL text. A function that nobody knows is not among them. */
export function changingCalls(catalog: Catalog, expression: Node | undefined): readonly string[] {
  const values = collect<SQLValueFunction>(expression, 'SQLValueFunction').map(({ op }) => VALUES[op ?? '']);
  const calls = collect<FuncCall>(expression, 'FuncCall')
    .map(({ funcname }) => strings(funcname))
    .filter((name) => changes(catalog, name))
    .map((name) => `${name.join('.')}()`);
  return [...new Set([...values, ...calls])].filter((text) => text !== undefined);
}

function changes(catalog: Catalog, name: readonly string[]): boolean {
  const own = name[0] === 'pg_catalog' ? undefined : catalog.functions.get(resolve(catalog, name));
  if (own !== undefined) return own !== 'immutable';
  const bare = name.at(-1) ?? '';
  const isBuiltin = name.length === 1 || name[0] === 'pg_catalog';
  return isBuiltin && (VOLATILE_FUNCTIONS.has(bare) || ASKS_CLOCK_OR_SESSION.has(bare));
}
