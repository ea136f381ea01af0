import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { seeDisk } from '../branching/disk.ts';
import { ProviderError } from '../errors.ts';
import { ServerError } from '../postgres/connection.ts';
import type { RowSession } from './copy-rows.ts';
import type { Needles } from './needles.ts';
import { type Find, needleSearch, type Scanned } from './search-needles.ts';

const PIECE_BYTES = 1 << 20;

/** The target's session: an administrator's, in the target database. */
export type FileSession = RowSession & {
  readonly serverVersion: number;
  readonly script: (sql: string) => Promise<void>;
};

const HERE = `
  SELECT d.oid::text AS database, pg_catalog.current_setting('server_encoding') AS encoding,
    ARRAY(SELECT t.oid::text FROM pg_catalog.pg_tablespace t WHERE t.spcname NOT IN ('pg_default', 'pg_global')
      AND d.oid IN (SELECT pg_catalog.pg_tablespace_databases(t.oid))) AS tablespaces
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** By the file's number: what it is of. An index and a TOAST table stand under the table that they serve. */
const RELATIONS = `
  SELECT pg_catalog.pg_relation_filenode(c.oid)::text AS file, c.relnamespace::regnamespace || '.' || coalesce(owner.relname, of.relname, c.relname) AS name,
    CASE c.relkind WHEN 'i' THEN 'index' WHEN 't' THEN 'TOAST' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind
  FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_class owner ON owner.reltoastrelid = c.oid
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class of ON of.oid = i.indrelid
  WHERE pg_catalog.pg_relation_filenode(c.oid) IS NOT NULL`;

/** Files are not there to be read, for a reason: a clause. */
export type Unseen = { readonly unseen: string };

/**
 * Seeks the needles in the database's files, after a checkpoint: heap, TOAST, indexes, free space, catalogs, dead rows.
 * `whole`: the cluster is ours alone, and everything in its data directory is read: shared catalogs, log, WAL.
 */
export async function scanFiles(
  session: FileSession,
  needles: Needles,
  { whole }: { whole: boolean },
): Promise<Scanned | Unseen> {
  const disk = await see(session);
  if ('unseen' in disk) return disk;
  const refused = await checkpoint(session);
  if (refused !== undefined) return { unseen: refused };
  const [here] = (await session.query(HERE)).rows;
  const database = String(here?.database);
  const roots = whole
    ? [disk.directory]
    : [
        join(disk.directory, 'base', database),
        ...(await spaces(disk.directory, database, here?.tablespaces)),
      ];
  const names = new Map((await session.query(RELATIONS)).rows.map((row) => [String(row.file), row]));
  const scanned = await scanFolders(roots, needles);
  const finds = scanned.finds.map((find): Find => {
    const path = relative(disk.directory, find.name);
    const known = names.get(/(\d+)(?:_[a-z]+)?(?:\.\d+)?$/.exec(path)?.[1] ?? '');
    const ours = path.includes(`/${database}/`) && known !== undefined;
    return ours
      ? { ...find, kind: `file of a ${known.kind}`, name: `${known.name} (${path})` }
      : { ...find, name: path };
  });
  return { ...scanned, finds };
}

async function see(session: FileSession): Promise<{ directory: string } | Unseen> {
  const admin = {
    ...session,
    superuser: false,
    query: (sql: string, values?: readonly unknown[]) =>
      session.query(sql, values).catch((error: unknown) => {
        throw error instanceof ServerError
          ? new ProviderError('The server does not tell where its data is.', { status: error.code })
          : error;
      }),
  };
  return seeDisk(admin);
}

/** Pages that only the server's memory has would not be read. */
async function checkpoint(session: FileSession): Promise<string | undefined> {
  try {
    await session.script('CHECKPOINT');
    return undefined;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return `the administrator may not run CHECKPOINT (SQLSTATE ${error.code}; GRANT pg_checkpoint lets it)`;
  }
}

async function spaces(directory: string, database: string, oids: unknown): Promise<readonly string[]> {
  const found: string[] = [];
  for (const oid of Array.isArray(oids) ? oids.map(String) : []) {
    const space = await realpath(join(directory, 'pg_tblspc', oid));
    for (const version of await readdir(space)) found.push(join(space, version, database));
  }
  return found;
}

/** Reads every file below the folders, links followed once; what came meanwhile is read in another round. */
export async function scanFolders(roots: readonly string[], needles: Needles): Promise<Scanned> {
  const search = needleSearch(needles);
  const piece = Buffer.alloc(PIECE_BYTES);
  const seen = new Set<string>();
  const finds: Find[] = [];
  const gaps: { where: string; what: string }[] = [];
  let bytes = 0;
  for (let round = 0; round < 2; round += 1) {
    for (const root of roots) {
      for (const path of await filesBelow(root)) {
        if (seen.has(path)) continue;
        seen.add(path);
        try {
          bytes += await readFile(path, piece, search.push);
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
          // A file that the server removed meanwhile is no part of the copy any more.
          if (code !== 'ENOENT') gaps.push({ where: path, what: `The file could not be read (${code}).` });
        }
        const hits = search.end();
        if (hits.size > 0) finds.push({ kind: 'file', name: path, hits });
      }
    }
  }
  piece.fill(0);
  return { bytes, places: seen.size, finds, gaps };
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const links = entries.filter((entry) => entry.isSymbolicLink());
  for (const { parentPath, name } of links) {
    const target = await realpath(join(parentPath, name));
    if ((await stat(target)).isDirectory()) paths.push(...(await filesBelow(target)));
    else paths.push(target);
  }
  return paths;
}

async function readFile(path: string, piece: Buffer, push: (bytes: Uint8Array) => void): Promise<number> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    let total = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return total;
      total += bytesRead;
      push(piece.subarray(0, bytesRead));
    }
  } finally {
    await file?.close();
  }
}
