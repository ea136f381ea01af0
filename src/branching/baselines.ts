import { randomBytes } from 'node:crypto';
import { commandLine } from '../command-line.ts';
import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { identifier } from '../postgres/quote.ts';
import { Secret } from '../secret.ts';
import { type Admin, asAdmin, locked, type Server, serverTime } from './admin.ts';
import {
  type CopyRequest,
  commentOn,
  copyDatabase,
  type DatabaseRecord,
  dropDatabase,
  readDatabases,
} from './databases.ts';
import { baselineName, namesake, sameBaseline } from './guards.ts';
import { ownerWords, roleNames, safeName, shortHash } from './identity.ts';
import type { Label } from './labels.ts';
import { requireOwners } from './object-owners.ts';
import { endSessions } from './obstacles.ts';
import { admit } from './opening.ts';
import { gatherOwnership, handOver } from './ownership.ts';
import type { Baseline, BuildBaseline } from './provider.ts';
import { databasesOfRoles, dropRoles, ensureRoles, renameGroup } from './roles.ts';
import { unblocked } from './unblock.ts';
import { versionsOf } from './versions.ts';

const BUILDER_LIFE_MS = 24 * 3_600_000;

/** A baseline as its database's label tells it. */
export type BaselineRecord = {
  readonly baseline: Baseline;
  readonly database: string;
  readonly databaseOid: number;
  readonly connectable: boolean;
  readonly untouched: boolean;
};

export function baselinesOf(records: readonly DatabaseRecord[]): readonly BaselineRecord[] {
  return records.flatMap(({ oid, name, label, connectable, untouched }) =>
    label && 'baseline' in label
      ? [{ baseline: label.baseline, database: name, databaseOid: oid, connectable, untouched }]
      : [],
  );
}

/** The baseline and its database, by its label. Throws ProviderError when something else bears its name, or two claim its id. */
export function findBaseline(records: readonly DatabaseRecord[], id: string): BaselineRecord | undefined {
  const found = baselinesOf(records).filter(({ baseline }) => baseline.id === id);
  if (found.length > 1) {
    const names = found.map((each) => each.database).join(' and ');
    throw new ProviderError(
      `The databases ${names} both say that they are the baseline ${JSON.stringify(id)}.`,
      {
        hint: 'One of them was copied or relabelled by hand: clear its comment.',
      },
    );
  }
  if (!found[0] && records.some(({ name }) => name === baselineName(id))) throw namesake(baselineName(id));
  return found[0];
}

/** Builders of this baseline, and nobody else's, work in databases whose names begin so. */
const buildingPrefix = (id: string): string => `pullgres_building_${shortHash(id)}_`;
/** A new one for the database of a build. */
export const buildingName = (id: string): string =>
  safeName(`${buildingPrefix(id)}${randomBytes(6).toString('hex')}`);

/** What builders of this baseline left when they were killed. Nobody builds it now, for we hold its lock. */
function abandoned(records: readonly DatabaseRecord[], id: string): readonly DatabaseRecord[] {
  const prefix = buildingPrefix(id);
  return records.filter((record) => {
    if (!record.ours) return false;
    if (!record.commented) return record.name.startsWith(prefix) && (!record.connectable || record.invalid);
    const { label } = record;
    return label !== undefined && 'building' in label && label.building.baselineId === id;
  });
}

/** With its roles. */
export async function dropBuilding(server: Server, admin: Admin, record: DatabaseRecord): Promise<void> {
  await dropDatabase(server, admin, record);
  await dropRoles(server, admin, record.name, roleNames(record.name));
}

/** Under the baseline's lock. */
export async function dropAbandoned(server: Server, admin: Admin, id: string): Promise<void> {
  for (const record of abandoned(await readDatabases(admin), id)) await dropBuilding(server, admin, record);
  // A builder that was killed between its roles and its database left roles without one.
  for (const name of await databasesOfRoles(admin, buildingPrefix(id))) {
    await dropRoles(server, admin, name, roleNames(name));
  }
}

/** An empty database with a login role of its own, and that role's facts. */
export async function openBuilding(
  server: Server,
  admin: Admin,
  name: string,
  baseline: Baseline,
  copy: (request: CopyRequest) => Promise<void> = (request) => copyDatabase(admin, request),
): Promise<ConnectionFacts> {
  const roles = roleNames(name);
  const password = new Secret(randomBytes(32).toString('base64url'));
  const validUntil = new Date(server.now().getTime() + BUILDER_LIFE_MS).toISOString();
  await ensureRoles(server, admin, name, roles, { password, validUntil });
  const label = { building: { baselineId: baseline.id, createdAt: baseline.createdAt } };
  await copy({ name, template: 'template0', label, group: roles.group });
  await handOver(server, name, roles.group);
  await admin.script(admit(name, roles));
  return { ...server.facts, database: name, user: roles.login, password };
}

/** Closes the built database and gives it its name and label in one transaction: it is a baseline from one moment to the next. `also`: statements of the same transaction. */
export async function publishBuilding(
  server: Server,
  admin: Admin,
  name: string,
  baseline: Baseline,
  also = '',
): Promise<void> {
  const roles = roleNames(name);
  const published = baselineName(baseline.id);
  await endSessions(admin, name);
  await asAdmin(server, (inside) => gatherOwnership(inside, roles), { database: name });
  await admin.script(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`);
  await endSessions(admin, name);
  const rename = `
    ALTER DATABASE ${identifier(name)} RENAME TO ${identifier(published)};
    ${renameGroup(roles.group, roleNames(published).group, published)}
    DROP OWNED BY ${identifier(roles.login)}; DROP ROLE ${identifier(roles.login)};
    ALTER DATABASE ${identifier(published)} IS_TEMPLATE true;
    ${also}
    ${commentOn(published, { baseline })}`;
  await unblocked(server, admin, () => admin.script(rename));
}

/**
 * Provider.ensureBaseline. The builder works as a login role of the temporary database, not as the administrator: what it
 * runs is often a child process with the URL in its environment, and migrations that need more rights than a branch's
 * role has would fail on every branch anyway.
 */
export async function ensureBaseline(
  server: Server,
  baseline: Baseline,
  build: BuildBaseline,
): Promise<Baseline> {
  const present = findBaseline(await asAdmin(server, readDatabases), baseline.id);
  if (present) return sameBaseline(present.baseline, baseline);
  const work = async (admin: Admin): Promise<Baseline> => {
    const found = findBaseline(await readDatabases(admin), baseline.id);
    if (found) return sameBaseline(found.baseline, baseline);
    await dropAbandoned(server, admin, baseline.id);
    return buildBaseline(server, admin, baseline, build);
  };
  return locked(server, baselineName(baseline.id), work, server.buildWaitMs);
}

async function buildBaseline(
  server: Server,
  admin: Admin,
  baseline: Baseline,
  build: BuildBaseline,
): Promise<Baseline> {
  const name = buildingName(baseline.id);
  try {
    server.onProgress(`Building the baseline ${baseline.id}`);
    await build(await openBuilding(server, admin, name, baseline));
    server.onProgress(`Publishing the baseline ${baseline.id}`);
    await publishBuilding(server, admin, name, baseline);
    return baseline;
  } catch (error) {
    await dropAbandoned(server, admin, baseline.id).catch(() => undefined);
    await dropRoles(server, admin, name, roleNames(name)).catch(() => undefined);
    throw error;
  }
}

/**
 * Marks a database of the administrator's as a baseline: labelled, closed to everybody, a template. Its sessions are
 * ended. Again with the same id and kind is success. Throws ProviderError when it is missing, another's, the
 * administrator's own, already commented, or when another database is that baseline.
 */
export async function publishBaseline(
  server: Server,
  database: string,
  wanted: Pick<Baseline, 'id' | 'kind'>,
): Promise<Baseline> {
  return locked(server, baselineName(wanted.id), async (admin) => {
    const baseline: Baseline = { ...wanted, createdAt: (await serverTime(admin)).toISOString() };
    const records = await readDatabases(admin);
    const found = findBaseline(records, wanted.id);
    if (found?.database === database) {
      // An earlier call may have been cut off between closing the database and ending who was in it.
      await endSessions(admin, database);
      return sameBaseline(found.baseline, baseline);
    }
    if (versionsOf(baselinesOf(records), wanted.id).length > 0) throw versionsThere(wanted.id);
    if (found) {
      throw new ProviderError(
        `The baseline ${JSON.stringify(wanted.id)} is the database ${found.database}.`,
        {
          hint: `Give this one another id, or remove that baseline first: ${commandLine('baseline remove --name ID')}`,
        },
      );
    }
    const record = records.find(({ name }) => name === database);
    publishable(server, database, record);
    await requireOwners(server, admin, database, record?.connectable === true);
    const name = identifier(database);
    await admin.script(`
      ${commentOn(database, { baseline })}
      REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC;
      ALTER DATABASE ${name} ALLOW_CONNECTIONS false IS_TEMPLATE true;`);
    await endSessions(admin, database);
    return baseline;
  });
}

/** Branches that ask for this name would be made from the new baseline instead. */
function versionsThere(name: string): ProviderError {
  return new ProviderError(`There are masked baselines of the name ${JSON.stringify(name)}.`, {
    hint: 'Give this one another id.',
  });
}

/** What a labelled database is, and what to do instead; its label is never to be cleared, for nothing would remove it then. */
function madeByUs(label: Label): readonly [why: string, hint: string] {
  const own = 'Publish a database that you made; what is in this one can be brought into one by pg_dump.';
  if ('branch' in label) {
    return [`this is a branch of ${ownerWords(label.branch.labels)}, not a database of yours`, own];
  }
  if ('shard' in label) {
    return [
      `this is a shard of the branch of ${ownerWords(label.shard.labels)}, not a database of yours`,
      own,
    ];
  }
  if ('baseline' in label) {
    return [
      `it is the baseline ${JSON.stringify(label.baseline.id)} already`,
      'Use that id, or copy it into a new database and publish that.',
    ];
  }
  return ['Pullgres is building a baseline in it', own];
}

function publishable(server: Server, database: string, record: DatabaseRecord | undefined): void {
  const refuse = (why: string, hint: string): never => {
    throw new ProviderError(`The database ${database} cannot become a baseline: ${why}.`, { hint });
  };
  if (!record) refuse('there is none of this name', 'Check its spelling.');
  else if (database === server.facts.database) refuse('it is the administrator’s own', 'Copy it first.');
  else if (!record.ours)
    refuse(`it does not belong to ${server.facts.user}`, 'ALTER DATABASE … OWNER TO it first.');
  else if (record.label) refuse(...madeByUs(record.label));
  else if (record.commented)
    refuse('it bears a comment', 'COMMENT ON DATABASE … IS NULL first, if nobody needs it.');
}
