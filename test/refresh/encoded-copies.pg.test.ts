import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { MaskPlan, TablePlan } from '../../src/masking/mask-plan.ts';
import { schemaWords } from '../../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../../src/masking/verification/sensitive.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { scanCopy } from '../../src/refresh/scan.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, keyed, planOf, run, schemaOf, within } from './masked-copy.ts';

const MAIL = `'opfer' || substr(md5('a' || i), 1, 14) || '@mail-of-the-shop.test'`;
const NAME = `'Müller-Lüdenscheidt Zoë-Loriot ' || i`;

/** A copy of each row's value, as somebody once encoded it. */
const COPIES: Readonly<Record<string, readonly [type: string, of: string]>> = {
  base64: ['text', `encode(convert_to(${MAIL}, 'UTF8'), 'base64')`],
  base64_later: ['text', `encode(convert_to('ab' || ${NAME}, 'UTF8'), 'base64')`],
  hexadecimal: ['text', `upper(encode(convert_to(${NAME}, 'UTF8'), 'hex'))`],
  utf16: [
    'bytea',
    `decode(regexp_replace(encode(convert_to(${MAIL}, 'UTF8'), 'hex'), '(..)', '\\100', 'g'), 'hex')`,
  ],
  entity: ['text', `replace(${MAIL}, '@', '&#64;')`],
  in_prose: ['text', `'x' || replace(${MAIL}, '@', ' [at] ')`],
  backwards: ['text', `reverse(${NAME})`],
  local_part: ['text', `split_part(${MAIL}, '@', 1)`],
  image: ['text', `encode(sha512(('photo' || i)::bytea), 'base64')`],
};

const DDL = `CREATE TABLE people (id int PRIMARY KEY, mail text, name text, photo bytea);
  CREATE TABLE copies (id int PRIMARY KEY, ${Object.entries(COPIES)
    .map(([name, [type]]) => `${name} ${type}`)
    .join(', ')});`;
const FILL = `INSERT INTO people SELECT i, ${MAIL}, ${NAME}, sha512(('photo' || i)::bytea) FROM generate_series(1, 600) i;
  INSERT INTO copies SELECT i, ${Object.values(COPIES)
    .map(([, of]) => of)
    .join(', ')} FROM generate_series(1, 600) i; ANALYZE;`;
const MASKS = {
  'people.mail': `${keyed('mail')} || '@example.com'`,
  'people.name': keyed('name'),
  'people.photo': `sha512(textsend(${keyed('id::text')}))`,
};

let found: ReadonlyMap<string, string>;
let whenAllowed: readonly string[];

before(async () => {
  const [source, target] = [await freshDatabase(), await freshDatabase()];
  await run(source, `${DDL}${FILL}`);
  await run(target, DDL);
  const schema = await schemaOf(source);
  const plan = planOf(schema, MASKS);
  await copyMasked(source, target, plan);
  const scan = (with_: MaskPlan) =>
    within(source, (from) =>
      within(target, async (to) => {
        const needles = await pickNeedles({
          session: from,
          columns: sensitiveColumns(plan),
          words: schemaWords(schema),
          canaries: [],
          sample: 10_000,
        });
        const request = { needles, plan: with_, source: from, target: to, ddl: [], wholeCluster: false };
        return (await scanCopy({ ...request, ways: { texts: [], files: false } })).verdict.problems;
      }),
    );
  found = new Map((await scan(plan)).map(({ where, what }) => [where, what]));
  whenAllowed = (await scan(allowing(plan, 'local_part'))).map(({ where }) => where);
});

function allowing(plan: MaskPlan, column: string): MaskPlan {
  const change = (table: TablePlan): TablePlan => ({
    ...table,
    columns: table.columns.map(({ name, mask }) =>
      name === column && mask.kind === 'clear' ? { name, mask: { ...mask, allowed: true } } : { name, mask },
    ),
  });
  return { ...plan, tables: new Map([...plan.tables].map(([key, table]) => [key, change(table)])) };
}

describe('a clear column with encoded copies of a masked one', () => {
  for (const name of Object.keys(COPIES)) {
    it(`is found: ${name}`, () =>
      assert.ok(found.has(`column public.copies.${name}`), [...found.keys()].join()));
  }

  it('is nothing else', () => assert.equal(found.size, Object.keys(COPIES).length));

  it('may hold what stands before the sign of an address where a person allowed it', () => {
    const rest = [...found.keys()].filter((where) => !where.endsWith('.local_part'));
    assert.deepEqual(whenAllowed, rest);
  });
});
