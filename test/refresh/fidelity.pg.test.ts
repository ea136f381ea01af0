import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type FidelityResult, measureFidelity, type PlannedQuery } from '../../src/refresh/fidelity.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, copyOf, planOf, run, schemaOf, within } from './masked-copy.ts';

const DDL =
  'CREATE TABLE t (id int PRIMARY KEY, kind text, mail text); CREATE INDEX t_mail ON t (mail); CREATE INDEX t_kind ON t (kind);';
const QUERIES: readonly PlannedQuery[] = [
  { name: 'by mail', sql: 'SELECT * FROM public.t WHERE mail = $1' },
  {
    name: 'all of a kind',
    sql: 'SELECT pg_catalog.count(*) FROM public.t a JOIN public.t b ON a.id = b.id WHERE a.kind = $1 AND b.id > $2',
  },
  { name: 'without parameters', sql: 'SELECT * FROM public.t ORDER BY id LIMIT 5' },
];

let world: { source: ConnectionFacts; copy: ConnectionFacts; plan: MaskPlan };

before(async () => {
  const [source, copy] = [await freshDatabase(), await freshDatabase()];
  await run(
    source,
    `${DDL} INSERT INTO t SELECT i, (ARRAY['a', 'a', 'a', 'b'])[1 + i % 4], 'mail' || i FROM generate_series(1, 5000) i; ANALYZE;`,
  );
  await run(copy, DDL);
  const plan = planOf(await schemaOf(source), {
    't.mail': `'liam' || id`,
    't.kind': "translate(kind, 'ab', 'xy')",
  });
  await copyMasked(source, copy, plan);
  await run(copy, 'ANALYZE');
  world = { source, copy, plan };
});

async function measure(copy: ConnectionFacts, queries = QUERIES): Promise<FidelityResult> {
  const [one, other] = [await schemaOf(world.source), await schemaOf(copy)];
  return within(world.source, (source) =>
    within(copy, async (target) => {
      await source.script('BEGIN READ ONLY');
      const result = await measureFidelity({
        plan: world.plan,
        before: one,
        after: other,
        queries,
        source,
        target,
      });
      // The transaction is the caller's.
      assert.equal((await source.query('SELECT 1 AS one')).rows[0]?.one, 1);
      return result;
    }),
  );
}

describe('measureFidelity', () => {
  it('gives a faithful copy a full score and the same plans', async () => {
    const { columns, verdict } = await measure(world.copy);
    assert.deepEqual(
      columns.map(({ column }) => column),
      ['public.t.kind', 'public.t.mail'],
    );
    assert.ok(
      columns.every(({ score }) => score > 0.95),
      JSON.stringify(columns),
    );
    assert.equal(verdict.status, 'proved', JSON.stringify(verdict));
    assert.match(
      verdict.summary,
      /^2 masked columns score [\d.]+ of 1 on average, 0 below 0\.8; 3 of 3 queries have the same plan\.$/,
    );
  });

  it('sees a column that became one value, and a plan that became another', async () => {
    const copy = await copyOf(world.copy);
    await run(copy, "UPDATE t SET mail = 'x'");
    await run(copy, 'ANALYZE t');
    await run(copy, 'DROP INDEX t_mail');
    const { columns, verdict } = await measure(copy);
    const mail = columns.find(({ column }) => column === 'public.t.mail');
    assert.ok(mail && mail.score < 0.1, JSON.stringify(columns));
    assert.equal(verdict.status, 'failed');
    assert.deepEqual(
      verdict.problems.map(({ where }) => where),
      ['by mail'],
    );
    assert.match(verdict.problems[0]?.what ?? '', /^The source plans .*t_mail.*, the copy Seq Scan/);
  });

  it('leaves unproven what cannot be planned, and says nothing of the server’s text', async () => {
    const { verdict } = await measure(world.copy, [
      { name: 'wrong', sql: "SELECT 'secret value'::int FROM public.nothing" },
    ]);
    assert.equal(verdict.status, 'unproven');
    assert.deepEqual(verdict.problems, [
      { where: 'wrong', what: 'The server cannot plan it (SQLSTATE 42P01).' },
    ]);
  });
});
