import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { schemaWords } from '../../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../../src/masking/verification/sensitive.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { type ScanResult, scanCopy, type Ways } from '../../src/refresh/scan.ts';
import { copyOf, LEAKED, proofWorld, run, within } from './proof-world.ts';
import { SEEDED_LEAKS } from './seeded-leaks.ts';

let world: Awaited<ReturnType<typeof proofWorld>>;

before(async () => {
  world = await proofWorld();
});

async function scan(
  target: ConnectionFacts,
  { ways = {}, canaries = [] }: { ways?: Partial<Ways>; canaries?: readonly string[] } = {},
): Promise<ScanResult> {
  return within(world.source, (source) =>
    within(target, async (session) => {
      const needles = await pickNeedles({
        session: source,
        columns: sensitiveColumns(world.plan),
        words: schemaWords(world.schema),
        canaries,
        sample: 50_000,
      });
      const result = await scanCopy({
        needles,
        plan: world.plan,
        source,
        target: session,
        ddl: [],
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

async function hasExtension(facts: ConnectionFacts, name: string): Promise<boolean> {
  return within(facts, async (session) => {
    const { rows } = await session.query('SELECT FROM pg_catalog.pg_available_extensions WHERE name = $1', [
      name,
    ]);
    return rows.length > 0;
  });
}
