import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byteWords } from '../byte-words.ts';
import { ProviderError, UserError } from '../errors.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { identifier } from '../postgres/quote.ts';
import { databaseArgument } from '../postgres/run-client-tool.ts';
import { runProgram } from '../postgres/run-program.ts';
import { startServer } from '../postgres/server.ts';
import { libpqEnvironment } from '../postgres/url.ts';
import { counted, failed, judgeAge, names, passed } from './drill/judge.ts';
import type { StepResult } from './drill/steps.ts';
import { checksumOf, filesOf } from './dump-files.ts';
import {
  createDatabaseStatement,
  type DumpHeader,
  failedObjects,
  momentIn,
  parseDumpList,
  policyRoles,
} from './dump-header.ts';
import { firstQuery } from './first-query.ts';
import { findRestoreTools, findServer, type Tool } from './restore-tools.ts';
import type { RestoreContext, Restored } from './restored.ts';

/** What an own cluster has no use for: passwords of other servers, and streams from them. */
const LEFT_OUT = ['USER MAPPING', 'SUBSCRIPTION', 'SUBSCRIPTION TABLE'];

/**
 * Restores a pg_dump file or directory into a cluster of its own in the workspace, each step timed and written down.
 * Gives nothing when a step failed after which there is nothing to look at. Throws only what is a bug, and an abort.
 */
export async function restoreDump(context: RestoreContext, path: string): Promise<Restored | undefined> {
  const { steps } = context;
  const fetched = await steps.run('fetch', () => fetchDump(context, path));
  if (fetched?.status !== 'passed') return undefined;
  const { header, takenAt } = fetched;
  const verified = await steps.run('verify offline', () => verifyDump(context, path, fetched));
  if (verified?.status !== 'passed') return undefined;
  const started = await steps.run('start', () => startFor(context, path, fetched));
  if (started?.facts === undefined) return undefined;
  // What came back is looked at even if something did not: the other steps tell more of it.
  const restored = await steps.run('restore', () => restoreInto(context, path, started, fetched));
  if (restored === undefined) return undefined;
  const facts = await firstQuery(context, started.facts);
  const version = header.serverVersion ?? started.version;
  return facts && { source: 'dump', facts, takenAt, description: `a dump of Postgres ${version}` };
}

type Fetched = StepResult & {
  readonly header: DumpHeader;
  readonly takenAt: Date | undefined;
  readonly tools: readonly Tool[];
};

async function fetchDump(context: RestoreContext, path: string): Promise<Fetched> {
  const { now, limits, signal } = context;
  const tools = await findRestoreTools(context);
  const files = await filesOf(path);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const checksum = await checksumOf(files, signal);
  const header = await readHeader(context, path, tools);
  const takenAt = header.createdAt === undefined ? undefined : takenIn(limits.timeZone, header.createdAt);
  const age = judgeAge(takenAt, now, limits.maxBackupAgeMs);
  const summary = `${byteWords(bytes)}, SHA-256 ${checksum.slice(0, 16)}…, ${counted(header.entries.length, 'object')}. ${age.summary}`;
  return { status: age.status, summary, header, takenAt, tools };
}

function takenIn(zone: string, wall: string): Date {
  try {
    return momentIn(zone, wall);
  } catch {
    throw new UserError(`drill.time-zone is ${JSON.stringify(zone)}, which is no time zone.`, {
      hint: 'Write it as the IANA database does: Europe/Berlin.',
    });
  }
}

/** No server takes part, so pg_restore's words are of the file alone. */
async function offline(
  { signal, workspace }: RestoreContext,
  tool: Tool,
  ...options: readonly string[]
): Promise<string> {
  const { onProcess } = workspace;
  const ran = await runProgram({ program: tool.program, arguments: options, signal, onProcess });
  if (ran.code === 0) return ran.output;
  const said = /pg_restore: error: (.*)/.exec(ran.errors)?.[1] ?? `it ended with ${ran.code}`;
  throw new ProviderError(`pg_restore ${tool.version} cannot read the dump: ${said.slice(0, 300)}.`, {
    hint: /unsupported version/.test(said)
      ? 'The dump was made by a newer pg_dump: install the client tools of that version.'
      : 'The dump is damaged or incomplete; nothing was restored.',
  });
}

async function readHeader(
  context: RestoreContext,
  path: string,
  [newest]: readonly Tool[],
): Promise<DumpHeader> {
  return parseDumpList(await offline(context, newest as Tool, '--list', path));
}

/** Every block is read and decompressed once; its end is looked for too. */
async function verifyDump(
  context: RestoreContext,
  path: string,
  { header, tools }: Fetched,
): Promise<StepResult> {
  await offline(context, tools[0] as Tool, '--file=/dev/null', path);
  const tables = header.entries.filter(({ kind }) => kind === 'TABLE DATA').length;
  return passed(
    header.compressed
      ? `The rows of ${counted(tables, 'table')} were read to the end and their checksums are right.`
      : `The rows of ${counted(tables, 'table')} were read to the end. The dump is not compressed, so it has no checksums: a changed byte would not be seen here.`,
  );
}

type Started = StepResult & { readonly facts: ConnectionFacts; readonly version: number };

async function startFor(
  context: RestoreContext,
  path: string,
  { header, tools }: Fetched,
): Promise<Started | (StepResult & { facts?: undefined })> {
  const { workspace, signal } = context;
  const binaries = await findServer(context, header.serverVersion ?? 13, true);
  const events: Record<string, string> = binaries.version >= 17 ? { event_triggers: 'off' } : {};
  const server = await startServer({
    binaries,
    directory: workspace.cluster,
    settings: {
      autovacuum: 'off',
      max_wal_size: '4GB',
      wal_level: 'minimal',
      max_wal_senders: '0',
      ...events,
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const connection = await openConnection(server.facts, { applicationName: 'pullgres drill' });
  try {
    const missing = await missingExtensions(connection, header);
    if (missing.length > 0) {
      return failed(
        `The dump needs extensions that Postgres ${binaries.version} on this machine has not: ${names(missing)}. Install their packages; nothing was restored.`,
      );
    }
    const sql = await offline(context, tools[0] as Tool, '--create', '--schema-only', '--file=-', path);
    const { database, note } = await createDatabase(connection, sql, header);
    for (const role of policyRoles(sql)) await connection.run(`create role ${role} nologin`);
    const summary = `Postgres ${binaries.version} for a dump of ${header.serverVersion ?? 'an unknown version'}.${note}`;
    return { ...passed(summary), facts: { ...server.facts, database }, version: binaries.version };
  } finally {
    await connection.close();
  }
}

async function missingExtensions(
  connection: Connection,
  { entries }: DumpHeader,
): Promise<readonly string[]> {
  const wanted = entries
    .filter(({ kind }) => kind === 'EXTENSION')
    .map(({ what }) => what.replace(/^- /, ''));
  const { rows } = await connection.query('select name from pg_catalog.pg_available_extensions');
  const there = new Set(rows.map(({ name }) => String(name)));
  return wanted.filter((name) => !there.has(name));
}

/** With the source's encoding and sorting rules where this machine has them: bounds of partitions may depend on them. */
async function createDatabase(
  connection: Connection,
  sql: string,
  header: DumpHeader,
): Promise<{ database: string; note: string }> {
  const database = header.database ?? 'restored';
  if (['postgres', 'template0', 'template1'].includes(database)) return { database: 'postgres', note: '' };
  const statement = createDatabaseStatement(sql);
  if (statement !== undefined) {
    try {
      await connection.run(statement);
      return { database, note: '' };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
    }
  }
  await connection.run(`create database ${identifier(database)} template template0`);
  return { database, note: ' The source’s locale is not on this machine, so text is sorted by another.' };
}

async function restoreInto(
  context: RestoreContext,
  path: string,
  { facts, version }: Started,
  { header, tools }: Fetched,
): Promise<StepResult> {
  const { workspace, jobs, signal } = context;
  // The server's own version knows which settings the server knows.
  const tool = tools.find((each) => each.version === version) ?? (tools[0] as Tool);
  const kept = header.entries.filter(({ kind }) => !LEFT_OUT.includes(kind));
  const list = join(workspace.directory, 'objects');
  await writeFile(list, `${kept.map(({ line }) => line).join('\n')}\n`, { mode: 0o600 });
  const parallel = header.format === 'TAR' ? [] : [`--jobs=${jobs}`];
  const { code, errors } = await runProgram({
    program: tool.program,
    arguments: [
      ...['--no-owner', '--no-privileges', '--no-tablespaces', '--no-security-labels', '--no-password'],
      ...parallel,
      `--use-list=${list}`,
      databaseArgument(facts),
      path,
    ],
    environment: libpqEnvironment(facts),
    signal,
    onProcess: workspace.onProcess,
  });
  const broken = failedObjects(errors);
  if (broken.length > 0) {
    return failed(`${counted(broken.length, 'object')} could not be restored: ${names(broken)}.`);
  }
  if (code !== 0) return failed(`pg_restore ended with ${code} and named no object.`);
  const left = header.entries.length - kept.length;
  return passed(
    `${counted(kept.length, 'object')} by pg_restore ${tool.version}${left > 0 ? `; ${counted(left, 'user mapping or subscription', 'user mappings and subscriptions')} left out` : ''}.`,
  );
}
