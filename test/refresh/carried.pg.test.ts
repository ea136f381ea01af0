import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import type { SourceSchema } from '../../src/masking/source.ts';
import type { Verdict } from '../../src/masking/verification/verdicts.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { proveRows } from '../../src/refresh/carried.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, copyOf, keyed, planOf, run, schemaOf, within } from './masked-copy.ts';

const TABLES = `
  CREATE DOMAIN amount AS numeric(10, 2);
  CREATE TABLE "P""1" (id int PRIMARY KEY, born date, pay amount, code char(4), name text, twice int GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE loose (a int, b text);
  CREATE TABLE by_mail (mail text PRIMARY KEY, grade int);
  CREATE TABLE bare ();
  CREATE TABLE nobody (id int PRIMARY KEY);
  CREATE TABLE many (id int PRIMARY KEY, n int);`;
const FILL = `
  INSERT INTO "P""1" SELECT i, date '1970-01-01' + i % 900, i % 50, left(md5(i::text), 3), CASE WHEN i % 3 > 0 THEN 'n' || i END FROM generate_series(1, 900) i;
  INSERT INTO loose SELECT i % 5, nullif(i % 7, 0)::text FROM generate_series(1, 500) i;
  INSERT INTO by_mail SELECT 'm' || i, i % 6 FROM generate_series(1, 300) i;
  INSERT INTO bare DEFAULT VALUES;
  INSERT INTO many SELECT i, i % 10 FROM generate_series(1, 30000) i;`;
const MASKS = {
  'P"1.born': `born + 40`,
  'P"1.pay': `(pay + 7.004)::text`,
  'P"1.code': `upper(code)`,
  'P"1.name': `CASE WHEN name IS NOT NULL THEN ${keyed('name')} END`,
  'loose.b': keyed('b'),
  'by_mail.mail': keyed('mail'),
  'by_mail.grade': `5 - grade`,
  'many.n': `9 - n`,
};

/** What a careless load leaves, and where it is told. */
const LEFT: readonly (readonly [what: string, sql: string, where: readonly string[]])[] = [
  ['a date of one row in 900', `UPDATE "P""1" SET born = born - 40 WHERE id = 77`, ['public.P"1.born']],
  ['an amount', `UPDATE "P""1" SET pay = pay - 7 WHERE id % 9 = 0`, ['public.P"1.pay']],
  ['a code by its case', `UPDATE "P""1" SET code = lower(code)`, ['public.P"1.code']],
  ['NULL for a value', `UPDATE "P""1" SET name = NULL WHERE id = 4`, ['public.P"1.name']],
  [
    'two columns',
    `UPDATE "P""1" SET name = 'x', pay = 1 WHERE id = 4`,
    ['public.P"1.pay', 'public.P"1.name'],
  ],
  ['a row that is gone', `DELETE FROM "P""1" WHERE id = 5`, ['public.P"1']],
  ['a table without a key', `UPDATE loose SET b = '1' WHERE a = 3`, ['public.loose']],
  [
    'a key',
    `UPDATE by_mail SET mail = 'm1' WHERE mail = (SELECT min(mail) FROM by_mail)`,
    ['public.by_mail'],
  ],
  ['a column beside a masked key', `UPDATE by_mail SET grade = 5 - grade`, ['public.by_mail.grade']],
  [
    'one row in a hundred of a large table',
    `UPDATE many SET n = 9 - n WHERE id % 100 = 1`,
    ['public.many.n'],
  ],
  ['a table that is empty', `TRUNCATE many`, ['public.many']],
];

describe('rows of the source, made anew as the plan says', () => {
  let source: ConnectionFacts;
  let clean: ConnectionFacts;
  let schema: SourceSchema;
  let plan: MaskPlan;
  before(async () => {
    [source, clean] = [await freshDatabase(), await freshDatabase()];
    await run(source, `${TABLES}${FILL}ANALYZE;`);
    await run(clean, TABLES);
    schema = await schemaOf(source);
    plan = planOf(schema, MASKS, ['nobody']);
    await copyMasked(source, clean, planOf(schema, MASKS, ['nobody', 'bare']));
  });

  const prove = (
    target: ConnectionFacts,
    own: MaskPlan = plan,
    pruned: ReadonlyMap<string, number> = new Map(),
  ): Promise<Verdict> =>
    within(source, (from) =>
      within(target, async (into) => {
        await from.script('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        return proveRows({ plan: own, schema, source: from, target: into, pruned, seed: 7 });
      }),
    );

  it('are in a clean copy, and their number is told', async () => {
    const { status, problems, summary } = await prove(clean);
    assert.deepEqual([status, problems], ['proved', []]);
    const rows = /^([\d,]+) rows of 4 tables made anew as the plan says: each is in the copy\.$/.exec(
      summary,
    )?.[1];
    assert.ok(rows, summary);
    assert.ok(Number(rows.replaceAll(',', '')) > 900 + 500 + 300 + 1000, rows);
  });

  for (const [what, sql, where] of LEFT)
    it(`${what} is told`, async () => {
      const copy = await copyOf(clean);
      await run(copy, sql);
      const { status, problems } = await prove(copy);
      assert.equal(status, 'failed');
      assert.deepEqual(
        problems.map((problem) => problem.where),
        where,
      );
    });

  it('that were removed because their parents stayed behind may be missing, and no more of them', async () => {
    const copy = await copyOf(clean);
    await run(copy, 'DELETE FROM loose WHERE a = 2');
    const key = [...plan.tables].find(([, { table }]) => table.name === 'loose')?.[0] ?? '';
    assert.equal((await prove(copy, plan, new Map([[key, 100]]))).status, 'proved');
    assert.equal((await prove(copy, plan, new Map([[key, 99]]))).status, 'failed');
  });

  it('whose mask the server refuses are unproven, and the other tables are asked', async () => {
    const broken = planOf(schema, { ...MASKS, 'loose.b': `(1 / (a - a))::text` }, ['nobody']);
    const { status, problems } = await prove(clean, broken);
    assert.equal(status, 'unproven');
    assert.deepEqual(problems, [
      { where: '"public"."loose"', what: 'Its rows could not be compared: SQLSTATE 22012.' },
    ]);
  });
});
