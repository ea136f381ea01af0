import { randomBytes } from 'node:crypto';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { Secret } from '../secret.ts';
import { baselineName, type FoundBaseline, namesake, sameBaseline, usableBaseline } from './guards.ts';
import { safeName } from './identity.ts';
import { labelText, parseLabel } from './labels.ts';
import type { MemoryDatabase, MemoryStore } from './memory.ts';
import type { Baseline, Provider, Trust } from './provider.ts';
import { resolveAmong } from './versions.ts';

/** By what a masked baseline is judged. */
export type Judge = { readonly now: Date; readonly trust: Trust | undefined };

/** What it takes to connect to nothing. */
export function factsOf(database: string, password: Secret, user = database): ConnectionFacts {
  return { host: 'memory.invalid', port: 1, database, user, password, sslmode: 'disable' };
}

const oids = new WeakMap<MemoryDatabase, number>();
let lastOid = 16_384;

/** Of this very database, as a server gives one that no other database ever had. */
function oidOf(database: MemoryDatabase): number {
  const oid = oids.get(database) ?? ++lastOid;
  oids.set(database, oid);
  return oid;
}

const SERVER = '7000000000000000001';

/** By its label. Throws ProviderError when something else bears its name. */
export function baselineOf(
  store: MemoryStore,
  id: string,
): { baseline: Baseline; database: MemoryDatabase } | undefined {
  for (const database of store.databases.values()) {
    const label = parseLabel(database.comment);
    if (label && 'baseline' in label && label.baseline.id === id) {
      return { baseline: label.baseline, database };
    }
  }
  if (store.databases.has(baselineName(id))) throw namesake(baselineName(id));
  return undefined;
}

function found(baseline: Baseline, database: MemoryDatabase, { now }: Judge): FoundBaseline {
  const place = { databaseOid: oidOf(database), systemIdentifier: SERVER, now };
  return { baseline, place, connectable: database.closed !== true, untouched: true };
}

/** A copy of the rows of a baseline that branches may be made from. Throws ProviderError for any other. */
export function parentRows(store: MemoryStore, id: string, judge: Judge): string[] {
  const parent = baselineOf(store, id);
  usableBaseline(parent && found(parent.baseline, parent.database, judge), id, judge.trust);
  return [...(parent?.database.rows ?? [])];
}

/** Throws ProviderError when the baseline is there, is said to be masked, and is not trusted. */
export function requireStillUsable(store: MemoryStore, id: string, judge: Judge): void {
  const parent = foundBaselines(store, judge).find(({ baseline }) => baseline.id === id);
  if (parent) usableBaseline(parent, id, judge.trust);
}

function foundBaselines(store: MemoryStore, judge: Judge): readonly FoundBaseline[] {
  return [...store.databases.values()].flatMap((database) => {
    const label = parseLabel(database.comment);
    return label && 'baseline' in label ? [found(label.baseline, database, judge)] : [];
  });
}

/** Provider.resolveBaseline. */
export function resolveBaseline(
  store: MemoryStore,
  wanted: { readonly name: string; readonly held: string | undefined },
  judge: Judge,
): Baseline | undefined {
  baselineOf(store, wanted.name);
  return resolveAmong(foundBaselines(store, judge), wanted, judge.trust);
}

async function buildBaseline(
  store: MemoryStore,
  baseline: Baseline,
  build: (facts: ConnectionFacts) => Promise<void>,
): Promise<Baseline> {
  const temporary = safeName(`pullgres_building_${randomBytes(6).toString('hex')}`);
  const label = { building: { baselineId: baseline.id, createdAt: baseline.createdAt } };
  const database: MemoryDatabase = { comment: labelText(label), rows: [] };
  store.databases.set(temporary, database);
  try {
    await build(factsOf(temporary, new Secret(randomBytes(16).toString('hex'))));
    database.comment = labelText({ baseline });
    database.closed = true;
    store.databases.set(baselineName(baseline.id), database);
    return baseline;
  } finally {
    store.databases.delete(temporary);
  }
}

/** Provider.ensureBaseline. */
export async function ensureBaseline(
  store: MemoryStore,
  ...[baseline, build]: Parameters<Provider['ensureBaseline']>
) {
  const found = baselineOf(store, baseline.id)?.baseline;
  if (found) return sameBaseline(found, baseline);
  const running = store.building.get(baseline.id);
  if (running) return sameBaseline(await running, baseline);
  const started = buildBaseline(store, baseline, build).finally(() => store.building.delete(baseline.id));
  store.building.set(baseline.id, started);
  return started;
}
