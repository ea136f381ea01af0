import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { BuildingSite } from '../../src/branching/refresh-baseline.ts';
import type { RefreshRecord } from '../../src/evidence/refresh-schema.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { publicKeyText, signingKey } from '../../src/masking/signing-key.ts';
import { branchWishes } from '../../src/operations/branch-wishes.ts';
import { refresh } from '../../src/operations/refresh.ts';
import { type Policy, policySchema } from '../../src/policy/schema.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { openLiveSource } from '../../src/refresh/live-source.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase, testServer } from './postgres.ts';
import { type QuietWorld, quietWorld } from './quiet-world.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/torture');
const read = (name: string): Promise<string> => readFile(join(FOLDER, name), 'utf8');

export const newMaster = (): Secret => new Secret(randomBytes(32).toString('base64url'));
export const publicKeyOf = (master: Secret): string =>
  publicKeyText(signingKey({ given: undefined, master }));

/** A policy that trusts what these masking keys sign. */
export const trusting = (...masters: readonly Secret[]): Policy =>
  policySchema.parse({ masking: { 'public-keys': masters.map(publicKeyOf) } });

export const MASTER = newMaster();

/** `small` has a tenth of the rows of the largest tables. */
export type TortureSize = 'whole' | 'small';

const templates = new Map<TortureSize, Promise<ConnectionFacts>>();

/** The torture schema with its rows, as a database of its own in which `scripts` ran last, each by itself. */
export async function tortureSource(
  size: TortureSize = 'small',
  ...scripts: readonly string[]
): Promise<ConnectionFacts> {
  const made = templates.get(size) ?? makeTemplate(size);
  templates.set(size, made);
  const template = await made;
  const database = `test_${randomBytes(6).toString('hex')}`;
  await onDatabase({ ...template, database: 'postgres' }, (connection) =>
    connection.script(
      `CREATE DATABASE ${identifier(database)} TEMPLATE ${identifier(template.database)}${connection.serverVersion < 15 ? '' : ' STRATEGY file_copy'}`,
    ),
  );
  const facts = { ...template, database };
  await onDatabase(facts, async (connection) => {
    for (const script of [...scripts, 'ANALYZE']) await connection.script(script);
  });
  return facts;
}

/** The schema's files, as they stand in test/fixtures/torture. */
export async function tortureText(size: TortureSize) {
  const rows = await read('rows.sql');
  return {
    pre: await read('pre.sql'),
    rows: size === 'whole' ? rows : rows.replaceAll(/\b([234])000\b/g, '$100'),
    post: await read('post.sql'),
    masking: await read('masking.yml'),
  };
}

async function makeTemplate(size: TortureSize): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  const { pre, rows, post } = await tortureText(size);
  await onDatabase(facts, async (connection) => {
    for (const sql of [pre, rows, post, 'ANALYZE']) await connection.script(sql);
  });
  return facts;
}

/** Does work with a connection of its own. */
export async function onDatabase<T>(
  facts: ConnectionFacts,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** The rows of one query, on a database of the test server. */
export function ask(facts: ConnectionFacts, sql: string): Promise<Record<string, unknown>[]> {
  return onDatabase(facts, async (connection) => (await connection.query(sql)).rows);
}

export type TortureRun = {
  readonly source: ConnectionFacts;
  /** What pg_dump would say besides: DDL before and after the rows. */
  readonly pre?: string;
  readonly post?: string;
  readonly profile?: (text: string) => string;
  readonly name?: string;
  readonly maskKey?: Secret;
  readonly signingKey?: Secret;
  readonly policy?: Policy;
  readonly signal?: AbortSignal;
  /** Hears each line of the log. */
  readonly onInfo?: (text: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs in the filled database, before it is proved. */
  readonly plant?: (site: BuildingSite) => Promise<void>;
  /** Another way to refresh, on the same stage. */
  readonly refresh?: typeof refresh;
};

export type TortureResult = { readonly record: RefreshRecord; readonly world: QuietWorld };

export async function tortureProfile(change: (text: string) => string = (same) => same) {
  return parseMaskingProfile(parse(change(await read('masking.yml'))), 'masking.yml');
}

/** A provider on the test server, with what the policy asks. */
export async function tortureProvider(
  policy: Policy = trusting(MASTER),
  signal?: AbortSignal,
): Promise<PostgresProvider> {
  return createPostgresProvider({
    facts: await testServer(),
    now: () => new Date(),
    lockWaitMs: 1000,
    ...(signal === undefined ? {} : { signal }),
    ...branchWishes(policy),
  });
}

/** The whole refresh of the torture schema; only pg_dump is stood in for, which the test's server does not have. */
export async function refreshTorture(run: TortureRun): Promise<TortureResult> {
  const { source, pre = '', post = '', maskKey = MASTER, signal } = run;
  const policy = run.policy ?? trusting(maskKey);
  const sections = {
    preData: `${await read('pre.sql')}\n${pre}`,
    postData: `${await read('post.sql')}\n${post}`,
  };
  const quiet = quietWorld({
    ...(signal === undefined ? {} : { signal }),
    environment: run.environment ?? {},
  });
  const world: QuietWorld = {
    ...quiet,
    info: (text) => {
      quiet.said.push(text);
      run.onInfo?.(text);
    },
  };
  const provider = planting(await tortureProvider(policy, signal), run.plant);
  const wish = {
    name: run.name ?? `torture-${randomBytes(4).toString('hex')}`,
    source: { kind: 'live', facts: source },
    profile: await tortureProfile(run.profile),
    policy,
    maskKey,
    signingKey: run.signingKey,
    workers: 2,
  } as const;
  const record = await (run.refresh ?? refresh)(world, provider, wish, async (_world, _wish, log, work) => {
    const live = await openLiveSource(source, { onProgress: () => {}, signal });
    try {
      log.add({ source: live.description, sourceAt: live.takenAt });
      return await work({ ...live, sections: async () => sections });
    } finally {
      await live.close();
    }
  });
  return { record, world };
}

/** The schema's event trigger is the last that is made, and by the administrator. */
function planting(provider: PostgresProvider, plant: TortureRun['plant']): PostgresProvider {
  if (plant === undefined) return provider;
  return {
    ...provider,
    refreshBaseline: (name, build, options) =>
      provider.refreshBaseline(
        name,
        (site) =>
          build({
            ...site,
            asAdministrator: async (sql) => {
              await site.asAdministrator(sql);
              if (/^CREATE EVENT TRIGGER/.test(sql)) await plant(site);
            },
          }),
        options,
      ),
  };
}

/** All that a refresh says to anybody. */
export function toldBy({ record, world }: TortureResult): string {
  return [JSON.stringify(record), ...world.said, ...world.warnings].join('\n');
}
