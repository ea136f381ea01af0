import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ColumnMask, MaskPlan, TablePlan } from '../../src/masking/mask-plan.ts';
import { planMasks } from '../../src/masking/plan.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import type { SourceSchema } from '../../src/masking/source.ts';
import { schemaWords } from '../../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../../src/masking/verification/sensitive.ts';
import type { Verdict } from '../../src/masking/verification/verdicts.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { scanCopy } from '../../src/refresh/scan.ts';
import { proveMasks } from '../../src/refresh/unchanged.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, run, schemaOf, within } from './masked-copy.ts';

const DDL = `CREATE TABLE person (id int PRIMARY KEY, name text, tel text, ssn text, secret text, mail text);
  CREATE TABLE board (id int PRIMARY KEY, ssn text);`;
const FILL = `INSERT INTO person SELECT i, 'Wilhelmine Querenburg' || translate(i::text, '0123456789', 'abcdefghij'), '+49 6221 ' || (7000000 + i * 37),
    (300000000 + i * 7919)::text, 'secret-' || md5('s' || i), 'person' || i || '.q' || i || 'x@mail.test' FROM generate_series(1, 200) i;
  INSERT INTO board SELECT i, (800000000 + i * 7919)::text FROM generate_series(1, 12) i; ANALYZE;`;

const PROFILE = {
  version: 1,
  tables: {
    person: {
      id: 'clear',
      name: { sql: 'upper(name)' },
      tel: { sql: 'reverse(tel)' },
      ssn: { sql: "ssn || ''" },
      secret: { sql: 'secret' },
      mail: { sql: "md5(mail) || '@example.com'" },
    },
    board: { id: 'clear', ssn: { sql: "ssn || ''" } },
  },
};

let source: ConnectionFacts;
let schema: SourceSchema;
before(async () => {
  source = await freshDatabase();
  await run(source, `${DDL}${FILL}`);
  schema = await schemaOf(source);
});

function planned(more: object = {}): MaskPlan {
  const profile = parseMaskingProfile({ ...PROFILE, ...more }, 'masking.yml');
  const result = planMasks({ profile, schema, today: '2026-11-01' });
  assert.ok('plan' in result, JSON.stringify(result));
  return result.plan;
}

const masks = (plan: MaskPlan): Promise<Verdict> =>
  within(source, async (session) => {
    await session.script('BEGIN');
    return proveMasks({ plan, source: session });
  });

async function bytes(plan: MaskPlan): Promise<Verdict> {
  const target = await freshDatabase();
  await run(target, DDL);
  await copyMasked(source, target, plan);
  return within(source, (from) =>
    within(target, async (to) => {
      const columns = sensitiveColumns(plan);
      const words = schemaWords(schema);
      const needles = await pickNeedles({ session: from, columns, words, canaries: [], sample: 10_000 });
      const request = { needles, plan, source: from, target: to, ddl: [], wholeCluster: false };
      return (await scanCopy({ ...request, ways: { files: false } })).verdict;
    }),
  );
}

const placesOf = ({ problems }: Verdict): readonly string[] => problems.map(({ where }) => where);
const ALLOWED = { reason: 'made up by the vendor', owner: '@ana', until: '2126-01-01' };

/** The plan with the rows of person that are kept, as a profile's `keep` would have it. */
function keeping(plan: MaskPlan, kept: string): MaskPlan {
  const withKept = (mask: ColumnMask, name: string): ColumnMask =>
    mask.kind === 'masked' ? { ...mask, sql: `CASE WHEN ${kept} THEN "${name}" ELSE ${mask.sql} END` } : mask;
  const change = (table: TablePlan): TablePlan => ({
    ...table,
    kept,
    columns: table.columns.map(({ name, mask }) => ({ name, mask: withKept(mask, name) })),
  });
  return { ...plan, tables: new Map([...plan.tables].map(([key, table]) => [key, change(table)])) };
}

describe('a mask that is a person’s own expression', () => {
  it('is not proved when it leaves the values as they are, or in other letters', async () => {
    const verdict = await masks(planned());
    assert.equal(verdict.status, 'failed');
    assert.deepEqual(placesOf(verdict), ['public.person.name', 'public.person.ssn', 'public.person.secret']);
    assert.match(
      verdict.problems[0]?.what ?? '',
      /^200 of 200 different values .*write clear .* under allow\.$/,
    );
  });

  it('is told when it leaves them recognisable', async () => {
    const { summary } = await masks(planned());
    const own = summary.slice(summary.indexOf('Own expressions'));
    assert.equal(
      own,
      'Own expressions: public.board.ssn leaves 100 % of its values recognisable, public.person.tel leaves 100 % of its values recognisable.',
    );
  });

  it('has no right to leave a value, so that a search finds it, however few there are', async () => {
    const verdict = await bytes(planned());
    const found = placesOf(verdict).filter((where) => where.startsWith('column'));
    assert.deepEqual(found, [
      'column public.person.ssn',
      'column public.person.secret',
      'column public.board.ssn',
    ]);
  });

  it('may leave what an entry under allow says, and the rows that are kept', async () => {
    const names = ['person.name', 'person.ssn', 'person.secret', 'board.ssn'];
    const allowed = planned({ allow: Object.fromEntries(names.map((name) => [name, ALLOWED])) });
    assert.equal((await masks(allowed)).status, 'proved');
    assert.deepEqual(placesOf(await bytes(allowed)), []);
    assert.deepEqual(placesOf(await bytes(keeping(planned(), 'true'))), []);
  });
});
