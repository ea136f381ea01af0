import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { parse } from 'yaml';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { RefreshRecord } from '../../src/evidence/refresh-schema.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { publicKeyText, signingKey } from '../../src/masking/signing-key.ts';
import { branchWishes } from '../../src/operations/branch-wishes.ts';
import { refresh } from '../../src/operations/refresh.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { openLiveSource } from '../../src/refresh/live-source.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase, testServer } from '../support/postgres.ts';
import { quietWorld } from '../support/quiet-world.ts';

const folder = join(import.meta.dirname, '../fixtures/torture');
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

const MASTER = new Secret(randomBytes(32).toString('base64url'));
const PUBLIC_KEY = publicKeyText(signingKey({ given: undefined, master: MASTER }));
const POLICY = policySchema.parse({ masking: { 'public-keys': [PUBLIC_KEY] } });

/** The torture schema as a source; `more` runs last. */
async function torture(more = ''): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  const connection = await openConnection(facts, { applicationName: 'torture' });
  try {
    for (const name of ['pre.sql', 'rows.sql', 'post.sql']) await connection.script(await read(name));
    if (more !== '') await connection.script(more);
    await connection.script('ANALYZE');
  } finally {
    await connection.close();
  }
  return facts;
}

type Run = { readonly record: RefreshRecord; readonly source: ConnectionFacts };

async function run(
  options: { readonly more?: string; readonly profile?: (text: string) => string } = {},
): Promise<Run> {
  const source = await torture(options.more);
  const sections = { preData: await read('pre.sql'), postData: await read('post.sql') };
  const world = quietWorld();
  const text = (options.profile ?? ((same) => same))(await read('masking.yml'));
  const provider = createPostgresProvider({
    facts: await testServer(),
    now: world.now,
    ...branchWishes(POLICY),
  });
  const wish = {
    name: 'torture',
    source: { kind: 'live', facts: source },
    profile: parseMaskingProfile(parse(text), 'masking.yml'),
    policy: POLICY,
    maskKey: MASTER,
    signingKey: undefined,
    workers: 2,
  } as const;
  try {
    const record = await refresh(world, provider, wish, async (_world, _wish, _log, work) => {
      const live = await openLiveSource(source, { onProgress: () => {} });
      try {
        return await work({ ...live, sections: async () => sections });
      } finally {
        await live.close();
      }
    });
    return { record, source };
  } finally {
    await provider.close();
  }
}

it('masks the torture schema, proves it clean, and publishes it', async () => {
  const { record } = await run();
  console.error(
    JSON.stringify({ ...record, manifest: null, tables: record.tables.length }, null, 1).slice(0, 12000),
  );
  assert.equal(record.status, 'published', JSON.stringify(record.checks));
});
