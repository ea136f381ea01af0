import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dullness } from '../../src/masking/verification/needle-forms.ts';
import { schemaWords } from '../../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../../src/masking/verification/sensitive.ts';
import { readDeparsedDdl } from '../../src/refresh/deparsed-ddl.ts';
import { pickNeedles } from '../../src/refresh/needles.ts';
import { scanCopy } from '../../src/refresh/scan.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, keyed, planOf, run, schemaOf, within } from './masked-copy.ts';

const NAMED = 'Wilhelmine Querenburg';
const SHOP = `CREATE TABLE people (id int PRIMARY KEY, name text, mail text, "delivery_address_line" text);
  CREATE TYPE step AS ENUM ('packed by somebody else', 'customer@mail.test');`;

describe('a value that is an identifier of the schema too', () => {
  for (const [what, sql] of [
    ['table', `CREATE TABLE "${NAMED}" (id int)`],
    ['column', `CREATE TABLE extra ("${NAMED}" int)`],
    ['constraint', `CREATE TABLE extra (id int CONSTRAINT "${NAMED}" CHECK (id > 0))`],
  ] as const) {
    it(`is found where it is one's full name: ${what}`, async () => {
      const [source, target] = [await freshDatabase(), await freshDatabase()];
      for (const facts of [source, target]) await run(facts, `${SHOP}${sql}`);
      await run(
        source,
        `INSERT INTO people VALUES (1, '${NAMED}', 'customer@mail.test', 'delivery_address_line')`,
      );
      const schema = await schemaOf(source);
      const plan = planOf(schema, { 'people.name': keyed('name'), 'people.delivery_address_line': `'x'` });
      await copyMasked(source, target, plan);
      const problems = await within(source, (from) =>
        within(target, async (to) => {
          const needles = await pickNeedles({
            session: from,
            columns: sensitiveColumns(plan),
            words: schemaWords(schema),
            canaries: [],
            sample: 100,
          });
          const ddl = await readDeparsedDdl(to);
          const request = { needles, plan, source: from, target: to, ddl, wholeCluster: false };
          return (await scanCopy({ ...request, ways: { files: false } })).verdict.problems;
        }),
      );
      assert.ok(
        problems.some(({ where }) => /^(name|constraint)/.test(where)),
        JSON.stringify(problems),
      );
      assert.ok(
        problems.every(({ what }) => / of public\.people\.name /.test(what)),
        JSON.stringify(problems),
      );
      assert.ok(!JSON.stringify(problems).includes(NAMED));
    });
  }

  it('is sought where it is an address, and is not where it is a word', async () => {
    const source = await freshDatabase();
    await run(source, `${SHOP}CREATE TABLE mailed (step step)`);
    const words = schemaWords(await schemaOf(source));
    assert.equal(dullness('customer@mail.test', { rows: 1, words }), undefined);
    for (const word of ['delivery_address_line', 'packed by somebody else'])
      assert.equal(dullness(word, { rows: 1, words }), 'a word of the schema');
  });
});
