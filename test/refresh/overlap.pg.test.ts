import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import type { Verdict } from '../../src/masking/verification/verdicts.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { watchOverlap } from '../../src/refresh/overlap.ts';
import { scanRows } from '../../src/refresh/scan-rows.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, copyOf, KEY, keyed, planOf, run, schemaOf, within } from './masked-copy.ts';
import { proofWorld } from './proof-world.ts';

let world: Awaited<ReturnType<typeof proofWorld>>;

before(async () => {
  world = await proofWorld();
});

type Asked = { source: ConnectionFacts; target: ConnectionFacts; plan: MaskPlan; sample?: number };

async function judge({ source, target, plan, sample = 100_000 }: Asked): Promise<Verdict> {
  return within(source, (from) =>
    within(target, async (to) => {
      await from.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const watch = await watchOverlap({ source: from, plan, settings: [KEY], sample });
      const needles = await pickNeedles({
        session: from,
        columns: [],
        words: new Set(),
        canaries: [],
        sample: 0,
      });
      await scanRows(to, needles, watch);
      return watch.verdict();
    }),
  );
}

const judgeCopy = (target: ConnectionFacts, sample = 100_000): Promise<Verdict> =>
  judge({ ...world, target, sample });

/** What row 7 has, at one place of the copy, in a form that is not the source's. */
const LEAKS: readonly (readonly [what: string, sql: string, where: string])[] = [
  [
    'an address in a note',
    `UPDATE people SET note = 'please ask <Person7.Q7X@Mail.Test>, soon' WHERE id = 9`,
    'public.people.note',
  ],
  [
    'a name in a column of its own',
    `ALTER TABLE people ADD label text; UPDATE people SET label = ' müller-lüdenscheidt zoë-loriot 7' WHERE id = 3`,
    'public.people.label',
  ],
  [
    'digits of a telephone number',
    `UPDATE people SET note = 'call 4930-901820007 now' WHERE id = 9`,
    'public.people.note',
  ],
  [
    'a number in a column of numbers',
    `ALTER TABLE people ADD legacy bigint; UPDATE people SET legacy = 98765432107 WHERE id = 9`,
    'public.people.legacy',
  ],
  [
    'JSON inside text',
    `UPDATE people SET note = '{"a":[{"mail":"person7.q7x\\u0040mail.test"}]}' WHERE id = 9`,
    'public.people.note',
  ],
  [
    'a member of JSON',
    `UPDATE people SET profile = profile || '{"mail": "PERSON7.q7x@mail.test"}' WHERE id = 9`,
    'public.people.profile',
  ],
  [
    'an element of an array',
    `UPDATE people SET tags = tags || 'person7.q7x@mail.test'::text WHERE id = 9`,
    'public.people.tags',
  ],
  [
    'a field of a composite',
    `CREATE TYPE pair AS (a int, b text); CREATE TABLE kept (p pair[]); INSERT INTO kept VALUES (ARRAY[ROW(1, 'person7.q7x@mail.test')::pair])`,
    'public.kept.p',
  ],
  [
    'a UUID',
    `UPDATE people SET token = '00000000-1111-4222-8333-00000000a007' WHERE id = 9`,
    'public.people.token',
  ],
  [
    'a materialized view',
    `CREATE MATERIALIZED VIEW seen AS SELECT 'person' || id || '.q' || id || 'x@mail.test' AS made FROM people`,
    'public.seen.made',
  ],
];

describe('the overlap of fingerprints', () => {
  it('finds no more in common with a clean copy than by chance', async () => {
    const verdict = await judgeCopy(world.clean);
    assert.deepEqual(verdict.problems, []);
    assert.equal(verdict.status, 'proved');
    assert.match(
      verdict.summary,
      /^[\d,]{4,} fingerprints of \d+ sensitive columns .* [\d,]{4,} words in \d+ columns: no more/,
    );
  });

  for (const [what, sql, where] of LEAKS) {
    it(`finds ${what}`, async () => {
      const target = await copyOf(world.clean);
      await run(target, sql);
      const verdict = await judgeCopy(target);
      assert.equal(verdict.status, 'failed', verdict.summary);
      assert.ok(
        verdict.problems.some((problem) => problem.where === where),
        JSON.stringify(verdict),
      );
      assert.ok(!/person7|zoë|9018200|98765432107/i.test(JSON.stringify(verdict)), JSON.stringify(verdict));
    });
  }

  it('finds a column that was not masked by a sample', async () => {
    const target = await copyOf(world.clean);
    await run(target, `UPDATE people SET note = 'person' || id || '.q' || id || 'x@mail.test'`);
    const verdict = await judgeCopy(target, 300);
    assert.ok(
      verdict.problems.some(({ where }) => where === 'public.people.note'),
      JSON.stringify(verdict),
    );
  });

  it('lets numbers be that a permutation made of others, and not those that it left', async () => {
    const [source, clean] = [await freshDatabase(), await freshDatabase()];
    const ddl = 'CREATE TABLE lines (id int PRIMARY KEY, phone text, first text, note text);';
    const number = (text: string): string =>
      `'+155512' || lpad((('x' || ${keyed(text, 7)})::bit(28)::int % 10000)::text, 4, '0')`;
    await run(
      source,
      `${ddl} INSERT INTO lines SELECT i, '+155512' || lpad(i::text, 4, '0'), (ARRAY['Alice','Robert','Angela','Brandon','Charlotte'])[1 + i % 5], 'Charlotte street' FROM generate_series(0, 2999) i`,
    );
    await run(clean, ddl);
    const first = `(ARRAY['Alice','Robert','Angela','Brandon','Charlotte'])[1 + ('x' || ${keyed('first', 7)})::bit(28)::int % 5]`;
    const plan = planOf(await schemaOf(source), { 'lines.phone': number('phone'), 'lines.first': first });
    await copyMasked(source, clean, plan);
    const honest = await judge({ source, target: clean, plan });
    assert.equal(honest.status, 'proved', JSON.stringify(honest));
    await run(clean, `UPDATE lines SET phone = '+155512' || lpad(id::text, 4, '0')`);
    const clear = await judge({ source, target: clean, plan });
    assert.equal(clear.status, 'failed', JSON.stringify(clear));
    assert.match(
      clear.problems[0]?.what ?? '',
      /^(5,9\d\d) of \1 fingerprints of values of public\.lines\.phone were met here; about 1,?\d+ are expected by chance\.$/,
    );
  });
});
