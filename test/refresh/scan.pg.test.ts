import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { schemaWords } from '../../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../../src/masking/verification/sensitive.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { readDeparsedDdl } from '../../src/refresh/deparsed-ddl.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { type ScanResult, scanCopy, type Ways } from '../../src/refresh/scan.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, copyOf, planOf, run, schemaOf, within } from './masked-copy.ts';
import { LEAKED, proofWorld } from './proof-world.ts';
import { SEEDED_LEAKS } from './seeded-leaks.ts';

let world: Awaited<ReturnType<typeof proofWorld>>;

before(async () => {
  world = await proofWorld();
});

type ScanOptions = {
  ways?: Partial<Ways>;
  canaries?: readonly string[];
  /** Reads DDL as a refresh does. */
  deparsed?: boolean;
  of?: Pick<typeof world, 'source' | 'plan' | 'schema'>;
};

async function scan(
  target: ConnectionFacts,
  { ways = {}, canaries = [], deparsed = false, of = world }: ScanOptions = {},
): Promise<ScanResult> {
  return within(of.source, (source) =>
    within(target, async (session) => {
      const needles = await pickNeedles({
        session: source,
        columns: sensitiveColumns(of.plan),
        words: schemaWords(of.schema),
        canaries,
        sample: 50_000,
      });
      const result = await scanCopy({
        needles,
        plan: of.plan,
        source,
        target: session,
        ddl: deparsed ? await readDeparsedDdl(session) : [],
        wholeCluster: false,
        ways,
      });
      needles.wipe();
      assert.ok(needles.list.every(({ value }) => value.every((byte) => byte === 0)));
      return result;
    }),
  );
}

/** No problem may repeat what leaked. */
function assertNoValue(result: ScanResult): void {
  const text = JSON.stringify(result);
  for (const value of Object.values(LEAKED)) assert.ok(!text.includes(value), text);
}

describe('the scan of a copy', () => {
  it('proves a clean copy, and says what it looked at', async () => {
    const { verdict, needles, bytes } = await scan(world.clean);
    assert.deepEqual(verdict.problems, []);
    assert.equal(verdict.status, 'proved');
    assert.match(
      verdict.summary,
      /^0 of [\d,]+ clear values found in [\d.]+ MB: 2 tables, [\d,]+ pieces .*, [\d,]+ files\.$/,
    );
    assert.ok(needles > 300 * 7, String(needles));
    assert.ok(bytes > 5_000_000, String(bytes));
  });

  for (const { leak, sql, named, missedWith, needsExtension } of SEEDED_LEAKS) {
    it(`catches a value that is left: ${leak}`, async (context) => {
      const target = await copyOf(world.clean);
      if (needsExtension !== undefined && !(await hasExtension(target, needsExtension))) {
        context.diagnostic(`this server has no ${needsExtension}`);
        return;
      }
      await run(target, sql);
      const found = await scan(target);
      assert.equal(found.verdict.status, 'failed', found.verdict.summary);
      assert.ok(
        found.verdict.problems.some(({ where }) => named.test(where)),
        JSON.stringify(found.verdict),
      );
      assertNoValue(found);
      const blind = await scan(target, { ways: missedWith });
      assert.equal(blind.verdict.status, 'proved', `not missed: ${JSON.stringify(blind.verdict)}`);
    });
  }
});

it('names a place of the schema once, however it was read', async () => {
  const target = await copyOf(world.clean);
  await run(
    target,
    `CREATE FUNCTION asked() RETURNS text LANGUAGE sql AS $$ SELECT '${LEAKED.email}'::text $$;
     CREATE VIEW shown AS SELECT '${LEAKED.email}'::text AS mail;
     ALTER TABLE people ADD CONSTRAINT other CHECK (note <> '${LEAKED.email}') NOT VALID;
     ALTER TABLE people ALTER note SET DEFAULT '${LEAKED.email}'`,
  );
  const { verdict } = await scan(target, { deparsed: true, ways: { rows: false, files: false } });
  assert.deepEqual(verdict.problems.map(({ where }) => where).sort(), [
    'constraint other on public.people',
    'default public.people.note',
    'function public.asked()',
    'view public.shown',
  ]);
});

describe('what stands in the copy by right', () => {
  it('is a number of another person that a mask made, and not one that no mask made', async () => {
    const [source, clean] = [await freshDatabase(), await freshDatabase()];
    const ddl = 'CREATE TABLE lines (id int PRIMARY KEY, phone text, note text);';
    const numbers = `SELECT i, '205551' || lpad(i::text, 4, '0'), '' FROM generate_series(0, 9999) i`;
    await run(source, `${ddl} INSERT INTO lines ${numbers}; ANALYZE`);
    await run(clean, ddl);
    const schema = await schemaOf(source);
    // A permutation: every masked number is somebody else's.
    const plan = planOf(schema, {
      'lines.phone': `'205551' || lpad(((substr(phone, 7)::int + 1) % 10000)::text, 4, '0')`,
    });
    await copyMasked(source, clean, plan);
    const honest = await scan(clean, { of: { source, plan, schema } });
    assert.equal(honest.verdict.status, 'proved', JSON.stringify(honest));
    assert.match(honest.verdict.summary, /; 10,000 stand somewhere by right/);
    await run(clean, `UPDATE lines SET note = 'call 2055510007' WHERE id = 4`);
    const noted = await scan(clean, { of: { source, plan, schema } });
    assert.deepEqual(
      noted.verdict.problems.map(({ where }) => where),
      ['column public.lines.note'],
    );
    const partly = planOf(schema, { 'lines.phone': `'N ' || phone` });
    const wrong = await copyOf(clean);
    await run(wrong, `UPDATE lines SET note = '', phone = 'N ' || '205551' || lpad(id::text, 4, '0')`);
    const inside = await scan(wrong, { of: { source, plan: partly, schema } });
    assert.equal(inside.verdict.status, 'failed', 'a mask that leaves the value in a longer text');
  });

  it('is never a declared value', async () => {
    const found = await scan(world.clean, { canaries: ['a plain note number 17', 'Karl-Heinz Kanari'] });
    assert.equal(found.verdict.status, 'failed');
    assert.match(
      found.verdict.problems[0]?.what ?? '',
      /^1 clear value of declared values stands here, 11 times/,
    );
  });
});

describe('what could not be looked at', () => {
  it('is unproven: a table that may not be read, a value too short to be sought, nothing to seek', async () => {
    const target = await copyOf(world.clean);
    const reader = `reader_${target.database}`;
    await run(target, `CREATE ROLE ${reader} LOGIN PASSWORD 'x'; GRANT SELECT ON people TO ${reader}`);
    const limited = await scan({ ...target, user: reader, password: new Secret('x') });
    assert.equal(limited.verdict.status, 'unproven', JSON.stringify(limited.verdict));
    assert.match(limited.verdict.summary, /no files \(the administrator may not/);
    assert.ok(limited.verdict.problems.some(({ where }) => where === 'public.visits'));

    const short = await scan(world.clean, { canaries: ['Ann', 'nobody has this'] });
    assert.equal(short.verdict.status, 'unproven');
    assert.match(short.verdict.problems[0]?.what ?? '', /^1 declared values have fewer than 8 bytes/);

    const plan = planOf(world.schema, {});
    const nothing = await scan(world.clean, { of: { source: world.source, plan, schema: world.schema } });
    assert.equal(nothing.verdict.status, 'unproven');
  });
});

async function hasExtension(facts: ConnectionFacts, name: string): Promise<boolean> {
  return within(facts, async (session) => {
    const { rows } = await session.query('SELECT FROM pg_catalog.pg_available_extensions WHERE name = $1', [
      name,
    ]);
    return rows.length > 0;
  });
}
