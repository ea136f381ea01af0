import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { readTemplateDisk, seeDisk } from './disk.ts';
import { readMeasurements } from './measurements.ts';
import type { TemplateFacts } from './strategy.ts';

/** `tablespaces`: others than the cluster's own that hold files of the database. */
const SIZE = `
  SELECT d.oid::text AS oid, pg_database_size(d.oid)::float8 AS bytes,
    (SELECT count(*)::int FROM pg_tablespace t WHERE t.spcname NOT IN ('pg_default', 'pg_global')
      AND d.oid IN (SELECT pg_tablespace_databases(t.oid))) AS tablespaces,
    has_function_privilege('pg_ls_dir(text)', 'EXECUTE') AS lists
  FROM pg_database d WHERE d.datname = $1`;

/**
 * What a checkpoint has to write is not told to everybody; what was logged since the last one began bounds it, and so
 * does the size of the buffers.
 */
const DIRTY = `
  SELECT least(pg_current_wal_insert_lsn() - redo_lsn,
    (SELECT setting::numeric * current_setting('block_size')::numeric FROM pg_settings WHERE name = 'shared_buffers')
  )::float8 AS bytes FROM pg_control_checkpoint()`;

const METHODS = `SELECT 'clone' = ANY (enumvals) AS clones FROM pg_settings WHERE name = 'file_copy_method'`;

/** `undefined` for what the server refuses to tell this administrator. */
async function whenAllowed<T>(ask: Promise<T>): Promise<T | undefined> {
  return ask.catch((error: unknown) => {
    if (error instanceof ProviderError && error.status === '42501') return undefined;
    throw error;
  });
}

/** What the choice of a strategy and the checks before a copy hang on, now. Throws ProviderError when there is no such database. */
export async function readTemplateFacts(admin: Admin, template: string): Promise<TemplateFacts> {
  const size = (await admin.query(SIZE, [template])).rows[0];
  if (!size)
    throw new ProviderError(`There is no database ${template} on this server.`, {
      hint: 'See what is there by `pullgres baseline list`; it may have been dropped meanwhile.',
    });
  const known = { oid: String(size.oid), tablespaces: Number(size.tablespaces) };
  const seen = await seeDisk(admin);
  const disk = await readTemplateDisk(seen, known);
  const counted =
    size.lists === true && known.tablespaces === 0 ? await countFiles(admin, known.oid) : undefined;
  return {
    serverVersion: admin.serverVersion,
    bytes: Number(size.bytes),
    files: disk.files ?? counted,
    dirtyBytes: await dirtyBytes(admin),
    reflink: disk.reflink,
    reflinkWhy: disk.why,
    cloneRefused: await cloneRefused(admin),
    space: disk.space,
    directory: 'directory' in seen ? seen.directory : undefined,
    past: await readMeasurements(admin),
  };
}

/** Through the server, wherever its disk is. */
async function countFiles(admin: Admin, oid: string): Promise<number | undefined> {
  const answer = await whenAllowed(
    admin.query('SELECT count(*)::int AS files FROM pg_ls_dir($1)', [`base/${oid}`]),
  );
  return answer && Number(answer.rows[0]?.files);
}

async function dirtyBytes(admin: Admin): Promise<number | undefined> {
  const answer = await whenAllowed(admin.query(DIRTY));
  return answer && Number(answer.rows[0]?.bytes);
}

async function cloneRefused(admin: Admin): Promise<string | undefined> {
  if (admin.serverVersion < 18) return undefined;
  const { rows } = await admin.query(METHODS);
  return rows[0]?.clones === true ? undefined : 'this server was built without cloning';
}
