import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../command-line.ts';
import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { type DatabaseLocale, localeOptions } from '../postgres/locale.ts';
import { type Admin, asAdmin, lockedToTheEnd, lockKey, type Server, serverTime } from './admin.ts';
import {
  buildingName,
  dropAbandoned,
  dropBuilding,
  findBaseline,
  openBuilding,
  publishBuilding,
} from './baselines.ts';
import { copyDatabase, readDatabases } from './databases.ts';
import { isBuilding } from './find-remains.ts';
import { baselineName, distrustOf } from './guards.ts';
import { roleNames } from './identity.ts';
import { keepManifest, makeManifests } from './manifests.ts';
import type { Baseline } from './provider.ts';
import { dropRoles } from './roles.ts';
import { readPlaces } from './trusted.ts';
import { requireVersionName, versionId } from './versions.ts';

/** The empty database that becomes a masked baseline, while it is filled. */
export type BuildingSite = {
  /** Id of the version that it becomes. */
  readonly id: string;
  readonly database: string;
  /** What its attestation has to name. */
  readonly databaseOid: number;
  readonly systemIdentifier: string | null;
  /** Its login role, which works as the owner group: what it makes belongs to the branches' roles. It may log in for a day. */
  readonly facts: ConnectionFacts;
  /** The administrator in it: what has to be read past row-level security and in catalogs. */
  readonly administrator: ConnectionFacts;
  /** Runs statements in it as the administrator, with search_path at pg_catalog: for extensions that only a superuser may make. */
  readonly asAdministrator: (sql: string) => Promise<void>;
};

/** What a refresh gives for its baseline. */
export type Proved = {
  /** JSON text, about this database. */
  readonly attestation: string;
  /** ISO 8601, by the source's clock. */
  readonly sourceAt: string;
  /** JSON text; its SHA-256 stands in the attestation. */
  readonly manifest: string;
};

/** Fills the database. Whatever it throws, an abort included, ends with the database dropped and nothing published. */
export type BuildMasked = (site: BuildingSite) => Promise<Proved>;

export type RefreshOptions = {
  /** How the source sorts; template0's own when left out. */
  readonly locale?: DatabaseLocale | undefined;
};

/**
 * Makes a new version of a masked baseline: a fresh database that `build` fills and proves, published in one transaction
 * with its label, proof and manifest. Until then, and when anything fails, branches are made from the version before.
 * One at a time for each name. What a killed refresh left is dropped first; it is no baseline and no branch is made from it.
 * Throws ProviderError when another refresh of the name is at work, when the server's own trust would refuse the proof,
 * or when the server refuses; UserError for a name that cannot be one.
 */
export async function refreshBaseline(
  server: Server,
  name: string,
  build: BuildMasked,
  { locale }: RefreshOptions = {},
): Promise<Baseline> {
  requireVersionName(name);
  const lock = baselineName(name);
  const busy = (admin: Admin) => busyWith(admin, name, lock);
  const wait = { lock, ms: server.lockWaitMs, busy };
  return lockedToTheEnd(server, wait, async (admin) => {
    // What is begun under the lock is also cleared away, though the run be cancelled.
    const steady = { ...server, signal: undefined };
    if (findBaseline(await readDatabases(admin), name)) throw nameTaken(name);
    await dropAbandoned(steady, admin, name);
    await makeManifests(steady);
    return buildVersion({ server, steady, admin }, name, build, locale);
  });
}

type Workplace = { readonly server: Server; readonly steady: Server; readonly admin: Admin };

async function buildVersion(
  { server, steady, admin }: Workplace,
  name: string,
  build: BuildMasked,
  locale: DatabaseLocale | undefined,
): Promise<Baseline> {
  const begun = await serverTime(admin);
  const records = await readDatabases(admin);
  const id = versionId(name, begun, (one) => records.some((record) => record.name === baselineName(one)));
  const database = buildingName(name);
  const options = locale && localeOptions(locale, admin.serverVersion);
  try {
    server.onProgress(`Building the baseline ${id}`);
    const building = { id: name, kind: 'masked', createdAt: begun.toISOString() } as const;
    const facts = await openBuilding(steady, admin, database, building, (request) =>
      copyDatabase(admin, request, (statement) =>
        admin.script(options === undefined ? statement : `${statement} ${options}`),
      ),
    );
    const site = await siteOf({ server, steady, admin }, id, facts);
    server.signal?.throwIfAborted();
    const proved = await build(site);
    server.signal?.throwIfAborted();
    const baseline = await versionOf(server, admin, { id, name, site, proved });
    server.onProgress(`Publishing the baseline ${id}`);
    await publishVersion(steady, admin, { database, baseline, manifest: proved.manifest });
    return baseline;
  } catch (error) {
    await clearOwn(steady, database).catch(() => undefined);
    throw error;
  }
}

async function siteOf(
  { server, admin }: Workplace,
  id: string,
  facts: ConnectionFacts,
): Promise<BuildingSite> {
  const { database } = facts;
  const record = (await readDatabases(admin)).find((each) => each.name === database);
  const { databaseOid, systemIdentifier } = (await readPlaces(admin))(record?.oid ?? 0);
  const asAdministrator = (sql: string) => asAdmin(server, (inside) => inside.script(sql), { database });
  const administrator = { ...server.facts, database };
  return { id, database, databaseOid, systemIdentifier, facts, administrator, asAdministrator };
}

type Version = {
  readonly id: string;
  readonly name: string;
  readonly site: BuildingSite;
  readonly proved: Proved;
};

/** The label of the version. Throws ProviderError when it would not be trusted: published, it would keep every branch from being made. */
async function versionOf(
  server: Server,
  admin: Admin,
  { id, name, site, proved }: Version,
): Promise<Baseline> {
  const { attestation, sourceAt } = proved;
  const { now, ...place } = (await readPlaces(admin))(site.databaseOid);
  const createdAt = now.toISOString();
  const baseline: Baseline = { id, kind: 'masked', createdAt, name, sourceAt, attestation };
  const distrust = distrustOf(
    { baseline, place: { ...place, now }, connectable: false, untouched: true },
    server.trust,
  );
  if (!distrust) return baseline;
  throw new ProviderError(
    `The baseline ${JSON.stringify(id)} is not published, for no branch could be made from it. ${distrust.why}`,
    { hint: distrust.hint },
  );
}

async function publishVersion(
  server: Server,
  admin: Admin,
  version: { readonly database: string; readonly baseline: Baseline; readonly manifest: string },
): Promise<void> {
  const { database, baseline, manifest } = version;
  try {
    await publishBuilding(server, admin, database, baseline, keepManifest(baseline.id, manifest));
  } catch (error) {
    // The answer to a COMMIT can be lost on its way.
    if (!(await isPublished(server, baseline.id, error))) throw error;
  }
}

/** Pauses before the server is asked again, in milliseconds: a network that comes back does so in seconds. */
const ASK_AGAIN_MS = [1000, 4000];

/** Whether it is there after all. Throws ProviderError when the server cannot be asked, for then nobody knows. */
async function isPublished(server: Server, id: string, cause: unknown): Promise<boolean> {
  for (const pause of [0, ...ASK_AGAIN_MS]) {
    await sleep(pause);
    try {
      return findBaseline(await asAdmin(server, readDatabases), id) !== undefined;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }
  throw new ProviderError(
    `The connection was lost while the baseline ${JSON.stringify(id)} was being published, and the server cannot be asked whether it is.`,
    {
      hint: `It is whole or not there: \`${commandLine('baseline list')}\` tells, and branches are made from it if it is. The next refresh makes another version.`,
      retryable: true,
      cause,
    },
  );
}

/** Only what this very run made: the lock's session may be gone, and another refresh at work by now. */
async function clearOwn(server: Server, database: string): Promise<void> {
  await asAdmin(server, async (admin) => {
    const record = (await readDatabases(admin)).find(({ name }) => name === database);
    if (record && isBuilding(record)) await dropBuilding(server, admin, record);
    if (!record) await dropRoles(server, admin, database, roleNames(database));
  });
}

function nameTaken(name: string): ProviderError {
  return new ProviderError(
    `A baseline whose id is ${JSON.stringify(name)} is there already, which branches would be made from instead.`,
    { hint: 'Refresh under another name, or remove that baseline first.' },
  );
}

const HOLDER = `
  SELECT a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') AS since,
         coalesce(host(a.client_addr), 'the server itself') AS address
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND ((l.classid::bigint << 32) | l.objid::bigint)::text = $1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function busyWith(admin: Admin, name: string, lock: string): Promise<ProviderError> {
  const holder = (await admin.query(HOLDER, [lockKey(lock)])).rows[0];
  const who = holder ? `, since ${holder.since}, from ${holder.address} (server process ${holder.pid})` : '';
  return new ProviderError(`Another job is refreshing the baseline ${JSON.stringify(name)}${who}.`, {
    status: '55P03',
    retryable: true,
    hint: 'Let it end, or cancel it, and run this job again. One concurrency group for refreshes avoids this.',
  });
}
