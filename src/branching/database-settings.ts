import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Admin, Server } from './admin.ts';

/** Settings of the baseline that a branch does without. */
const LEFT_OUT: readonly RegExp[] = [
  // The branch's own limits stand in their place, and the policy says "none" where there is none.
  /^(statement_timeout|idle_in_transaction_session_timeout|idle_session_timeout|transaction_timeout)$/,
  // Whose session it is, and whether triggers fire in it, was another's business.
  /^(role|session_authorization|session_replication_role|event_triggers)$/,
  // Goldens are often kept read-only; migrations must write.
  /^default_transaction_read_only$/,
  // The branch's role has no right on tablespaces, so that it could make no table.
  /^(default|temp)_tablespace(s)?$/,
  // A library that is not there would let nobody in, and one that is runs in every session.
  /^(local|session)_preload_libraries$/,
  // What reaches out, or lets one in, of an application that keeps such things in settings.
  /\..*(secret|token|password|passphrase|credential|api_?key|private_?key|jwt|webhook|url|host|dsn)/i,
];

/** Variables whose value the server keeps as a quoted list (GUC_LIST_QUOTE in guc_tables.c). */
const LISTS: ReadonlySet<string> = new Set(['search_path']);

/** The elements of a value that the server keeps as a list: bare words, and quoted ones with `""` for a quote. */
function elements(value: string): readonly string[] {
  return [...value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^\s",][^,]*?))\s*(?:,|$)/gs)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
}

/** What becomes of an entry of pg_db_role_setting, `name=value`, on a branch. */
export function branchSetting(
  database: string,
  entry: string,
): { readonly name: string; readonly sql: string | undefined } {
  const at = entry.indexOf('=');
  const name = entry.slice(0, at);
  const value = entry.slice(at + 1);
  if (LEFT_OUT.some((pattern) => pattern.test(name))) return { name, sql: undefined };
  const words = LISTS.has(name) ? elements(value) : [value];
  const variable = name.split('.').map(identifier).join('.');
  const text = (words.length === 0 ? [''] : words).map(literal).join(', ');
  return { name, sql: `ALTER DATABASE ${identifier(database)} SET ${variable} TO ${text}` };
}

/** 42501 no right to set it (docs: 20.1.3), 42704 no such setting any more, 22023 a value that is none any more. */
const PASSED_OVER: ReadonlySet<string> = new Set(['42501', '42704', '22023']);

/**
 * Gives a copy the settings that ALTER DATABASE … SET gave its template, which CREATE DATABASE does not copy: search_path,
 * time zone, planner settings. Those for a role in the template (ALTER ROLE … IN DATABASE) are another role's, and stay
 * behind. What the administrator may not set is told and left out.
 */
export async function restoreSettings(
  server: Server,
  admin: Admin,
  names: { readonly from: string; readonly to: string },
): Promise<void> {
  const { rows } = await admin.query(
    `SELECT unnest(s.setconfig) AS entry FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
     WHERE s.setrole = 0 AND d.datname = $1 ORDER BY 1`,
    [names.from],
  );
  for (const row of rows) {
    const { name, sql } = branchSetting(names.to, String(row.entry));
    if (sql === undefined) {
      server.onProgress(`The baseline's setting ${name} is not taken over.`);
      continue;
    }
    await admin.script(sql).catch((error: unknown) => {
      if (!(error instanceof ProviderError) || !PASSED_OVER.has(String(error.status))) throw error;
      server.onProgress(`The baseline's setting ${name} is not taken over: ${error.message}`);
    });
  }
}
