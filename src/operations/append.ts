import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Branch, Provider } from '../branching/provider.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import type { Migration } from '../migrations/migration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { readSchema } from '../postgres/schema-snapshot.ts';
import type { Catalog } from '../sql/catalog.ts';
import { catalogText, readCatalogText } from '../sql/catalog-text.ts';
import { version } from '../version.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';

/** `checksum` is of all that decides what is run, up and down. */
export type Applied = Pick<Migration, 'version' | 'path' | 'checksum'>;

/** The files' checksums alone do not tell how a plan, a script's configuration or a file for the way back has it run. */
export function appliedOf(migration: Migration): Applied {
  const { version: one, path, checksum, up, down, transaction, historyRows, text } = migration;
  const parts = [checksum, text, up, down, transaction, historyRows];
  return { version: one, path, checksum: createHash('sha256').update(JSON.stringify(parts)).digest('hex') };
}

/** What an earlier push rehearsed on the branch, kept where no branch's role can change it. */
export type Earlier = {
  /** Of all that the record was judged by: another key, and it says nothing. */
  readonly key: string;
  /** Of the branch's schema as that push left it, with the files of its tables. */
  readonly schema: string;
  readonly applied: readonly Applied[];
  /** The schema before the change. */
  readonly catalog: Catalog;
  readonly record: RehearsalRecord;
};

/** More is not kept, in characters: the next push then begins anew. */
const LONGEST = 8 * 1024 * 1024;

/**
 * What the rehearsal's record depends on beside the migrations themselves: this program, the server, the policy with the
 * exceptions that hold `today` (a UTC day), and the merged migrations below.
 */
export function rehearsalKey(
  plan: MigrationPlan,
  { policy, exceptions }: LoadedPolicy,
  serverVersion: number,
  today: string,
): string {
  const base = plan.base.map(({ version: one, checksum }) => [one, checksum]);
  const holding = exceptions.filter(({ until }) => today <= until);
  const parts = [version, serverVersion, plan.tool.name, plan.directory, base, policy, holding];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * What tells whether anybody has changed the branch's schema, or emptied or rewritten a table of it: tests, an
 * application or a person with its URL, or the change's own author.
 */
export async function schemaDigest(facts: ConnectionFacts): Promise<string> {
  const connection = await openConnection(facts, { applicationName: 'pullgres schema' });
  try {
    const objects = [...(await readSchema(connection)).values()];
    const sorted = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  } finally {
    await connection.close();
  }
}

/** Whether the branch can be kept as it is, with the earlier record; else what moved. */
export type Continuation = { readonly carry: Earlier } | { readonly reason: string };

/** Whether the change only appends to what an earlier push has applied. */
export function continuation(
  earlier: Earlier | undefined,
  added: readonly Applied[],
  key: string,
): Continuation {
  if (earlier === undefined)
    return { reason: 'An earlier run began to migrate the branch, and what it did is not known' };
  if (earlier.key !== key)
    return { reason: 'The base branch, the policy or Pullgres itself moved since the branch was migrated' };
  for (const [at, before] of earlier.applied.entries()) {
    const now = added[at];
    if (now?.version === before.version && now.path === before.path && now.checksum === before.checksum)
      continue;
    return { reason: moved(before, now, added) };
  }
  return { carry: earlier };
}

function moved(before: Applied, now: Applied | undefined, added: readonly Applied[]): string {
  const name = before.path;
  const same = added.find(({ version: one }) => one === before.version);
  if (same === undefined) return `${name} was removed or renamed since it was applied to the branch`;
  if (same.path !== name) return `${name} gave way to ${same.path} since it was applied to the branch`;
  if (same.checksum !== before.checksum) return `${name} was edited since it was applied to the branch`;
  return `${now?.path ?? name} now stands before ${name}, which was applied to the branch already`;
}

/** The earlier record, undefined when there is none that can be read. */
export async function recallEarlier(provider: Provider, branch: Branch): Promise<Earlier | undefined> {
  const text = await provider.recall(branch);
  if (text === undefined) return undefined;
  try {
    const { catalog, ...rest } = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString('utf8'));
    return { ...rest, catalog: readCatalogText(catalog) };
  } catch {
    return undefined;
  }
}

/** Keeps the record for the next push, when it passed and is not too long. */
export async function rememberEarlier(provider: Provider, branch: Branch, earlier: Earlier): Promise<void> {
  // Whether a later push finishes what was left undone, only a whole run tells.
  const isDone = earlier.record.migrations.every(({ leftovers = [] }) => leftovers.length === 0);
  if (earlier.record.status !== 'passed' || !isDone) return;
  const { catalog, ...rest } = earlier;
  const text = JSON.stringify({ ...rest, catalog: catalogText(catalog) });
  const packed = gzipSync(text).toString('base64');
  if (packed.length <= LONGEST) await provider.remember(branch, packed);
}
