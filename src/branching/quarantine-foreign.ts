import { ProviderError } from '../errors.ts';
import { identifier } from '../postgres/quote.ts';
import type { Admin } from './admin.ts';
import { disarm, disarmAll } from './disarm.ts';
import type { Quarantined } from './provider.ts';
import type { Roles } from './roles.ts';

/** Wrappers whose tables only name a relation of their server, which leads nowhere any more. */
const NAMES_ONLY: ReadonlySet<string> = new Set(['mysql_fdw', 'oracle_fdw', 'postgres_fdw', 'tds_fdw']);

/** `umuser` 0 is PUBLIC. The view is readable to all and hides the options (docs: 53.37), which are nobody's business here. */
const MAPPINGS = `
  SELECT m.srvname::text AS server, CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END AS holder
  FROM pg_user_mappings m`;

/** A mapping holds production's password in clear text. */
export async function dropMappings(inside: Admin): Promise<readonly Quarantined[]> {
  const { rows } = await inside.query(MAPPINGS);
  return disarmAll(
    inside,
    rows.map((row) => {
      const name = `${row.holder} on ${identifier(String(row.server))}`;
      const sql = `DROP USER MAPPING FOR ${row.holder} SERVER ${identifier(String(row.server))}`;
      return { thing: { kind: 'user mapping', name, action: 'dropped' }, sql };
    }),
  );
}

/** `target`: as ALTER names the thing. `keeps`: its options lead nowhere. */
const HOLDERS = `
  WITH wrapper AS (
    SELECT w.oid, w.fdwname, w.fdwoptions, w.fdwvalidator, e.extname
    FROM pg_foreign_data_wrapper w
    LEFT JOIN pg_depend d ON d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid AND d.deptype = 'e'
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
  ), holder AS (
    SELECT 'foreign table' AS kind, format('%I.%I', n.nspname, c.relname) AS name, t.ftoptions AS options, w.oid AS wrapper,
           coalesce(w.extname = ANY($2), false) AS keeps, false AS usable, 0 AS rank
    FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_foreign_server s ON s.oid = t.ftserver JOIN wrapper w ON w.oid = s.srvfdw
    UNION ALL
    SELECT 'foreign server', quote_ident(s.srvname), s.srvoptions, s.srvfdw, false,
           has_server_privilege($1, s.oid, 'USAGE'), 1
    FROM pg_foreign_server s
    UNION ALL
    SELECT 'foreign-data wrapper', quote_ident(w.fdwname), w.fdwoptions, w.oid, false,
           has_foreign_data_wrapper_privilege($1, w.oid, 'USAGE'), 2
    FROM wrapper w
  )
  SELECT h.kind, h.name, h.usable, quote_ident(w.fdwname) AS wrapper, nullif(w.fdwvalidator, 0)::regproc::text AS validator,
         CASE WHEN h.keeps THEN '{}' ELSE
           ARRAY(SELECT quote_ident(option_name) FROM pg_options_to_table(h.options)) END AS options
  FROM holder h JOIN wrapper w ON w.oid = h.wrapper ORDER BY h.rank, h.name COLLATE "C"`;

type Holder = {
  readonly kind: 'foreign table' | 'foreign server' | 'foreign-data wrapper';
  readonly name: string;
  /** The branch's role may make something of it. */
  readonly usable: boolean;
  readonly wrapper: string;
  readonly validator: string | undefined;
  /** Names, quoted. */
  readonly options: readonly string[];
};

async function readHolders(inside: Admin, group: string): Promise<readonly Holder[]> {
  const { rows } = await inside.query(HOLDERS, [group, [...NAMES_ONLY]]);
  return rows.map((row) => ({
    kind: row.kind as Holder['kind'],
    name: String(row.name),
    usable: row.usable === true,
    wrapper: String(row.wrapper),
    validator: row.validator === null ? undefined : String(row.validator),
    options: row.options as string[],
  }));
}

/** As ALTER and GRANT name a thing of the kind. */
const WORDS: Readonly<Record<Holder['kind'], { readonly alter: string; readonly grant: string }>> = {
  'foreign table': { alter: 'FOREIGN TABLE', grant: 'TABLE' },
  'foreign server': { alter: 'SERVER', grant: 'FOREIGN SERVER' },
  'foreign-data wrapper': { alter: 'FOREIGN DATA WRAPPER', grant: 'FOREIGN DATA WRAPPER' },
};

function withoutOptions({ kind, name, options }: Holder): string {
  const drops = options.map((each) => `DROP ${each}`).join(', ');
  return `ALTER ${WORDS[kind].alter} ${name} OPTIONS (${drops});`;
}

/**
 * A wrapper's validator may insist on an option (file_fdw on its file). A superuser can do without it for a moment; the
 * thing then answers with an error instead of another server's rows.
 */
async function dropOptions(inside: Admin, holder: Holder): Promise<void> {
  const thing = { kind: holder.kind, name: holder.name, action: 'disabled' } as const;
  const sql = withoutOptions(holder);
  if (!inside.superuser || holder.validator === undefined) return void (await disarm(inside, thing, sql));
  try {
    await inside.script(sql);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    const alter = `ALTER FOREIGN DATA WRAPPER ${holder.wrapper}`;
    await disarm(inside, thing, `${alter} NO VALIDATOR; ${sql} ${alter} VALIDATOR ${holder.validator};`);
  }
}

/**
 * Foreign servers, wrappers and tables lose every option (host, port, file, program; postgres_fdw's tables keep the
 * relation's name, so that migrations can alter them), and nobody may use a server or wrapper for a new table or mapping.
 */
export async function closeForeign(inside: Admin, roles: Roles): Promise<readonly Quarantined[]> {
  const closed: Quarantined[] = [];
  for (const holder of await readHolders(inside, roles.group)) {
    const { kind, name, usable, options } = holder;
    if (options.length > 0) await dropOptions(inside, holder);
    const action = options.length > 0 ? 'disabled' : 'revoked';
    if (usable) {
      const sql = `REVOKE ALL ON ${WORDS[kind].grant} ${name} FROM PUBLIC, ${identifier(roles.group)} CASCADE`;
      await disarm(inside, { kind, name, action }, sql);
    }
    if (usable || options.length > 0) closed.push({ kind, name, action });
  }
  return closed;
}

/** What of all this is still there. */
export const FOREIGN_LEFT = `
  SELECT 'user mapping' AS kind, CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END || ' on ' || quote_ident(srvname) AS name
  FROM pg_user_mappings
  UNION ALL
  SELECT 'foreign server', quote_ident(srvname) FROM pg_foreign_server
  WHERE srvoptions IS NOT NULL OR has_server_privilege($1, oid, 'USAGE')
  UNION ALL
  SELECT 'foreign-data wrapper', quote_ident(fdwname) FROM pg_foreign_data_wrapper
  WHERE fdwoptions IS NOT NULL OR has_foreign_data_wrapper_privilege($1, oid, 'USAGE')`;
