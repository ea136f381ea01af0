import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { effects } from '../../src/sql/effects.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf as settledSchema } from '../support/lint.ts';
import { schemaOf, statementOf } from './schema.ts';

before(loadParser);

describe('a type that nobody knows may be a domain with a constraint', () => {
  const schema = `CREATE TABLE a (id int, note text); CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS (x int);
    CREATE DOMAIN plain AS int; CREATE DOMAIN positive AS int CHECK (value > 0); CREATE VIEW v AS SELECT 1 AS x`;
  const cases: readonly (readonly [string, boolean])[] = [
    ['ALTER TABLE a ADD c mydom', false],
    ['ALTER TABLE a ADD c other.mydom', false],
    ['ALTER TABLE a ADD c "Text"', false],
    ['ALTER TABLE a ADD c earth', false],
    ['ALTER TABLE a ADD c mydom DEFAULT 1', false],
    ['ALTER TABLE a ALTER note TYPE mydom', false],
    ['ALTER TABLE unlisted ADD c mydom', false],
    // It is written anew for another reason, so that a domain adds nothing.
    ['ALTER TABLE a ADD c mydom DEFAULT random()', true],
    ['ALTER TABLE a ADD c mydom[]', true],
    ['ALTER TABLE a ADD c _mood', true],
    ...[
      'int',
      'text',
      '"char"',
      'numeric(8, 2)',
      'timestamptz',
      'interval',
      'bit(3)',
      'pg_catalog.int4',
      'bigserial',
      'tstzmultirange',
      'pg_class',
      'mood',
      'public.mood',
      'pair',
      'plain',
      'positive',
      'a',
      'v',
      'citext',
      'extensions.geometry(Point, 4326)',
      'vector(3)',
      'isbn13',
    ].map((type): [string, boolean] => [`ALTER TABLE a ADD c ${type}`, true]),
    ['ALTER TABLE a ALTER note TYPE citext', true],
  ];
  for (const [sql, seen] of cases)
    test(`${sql}: ${seen ? 'known' : 'not known'}`, () => {
      const found = effects(statementOf(sql), settledSchema(schema), 18);
      assert.equal(found.seen, seen);
      const table = sql.includes('unlisted') ? 'public.unlisted' : 'public.a';
      assert.ok(
        found.relations.some(({ relation, lock }) => relation === table && lock === 'AccessExclusiveLock'),
      );
    });

  test('a table of the same change has no rows to be checked', () => {
    const catalog = schemaOf('CREATE TABLE a (id int)');
    assert.equal(effects(statementOf('ALTER TABLE a ADD c mydom'), catalog, 18).seen, true);
  });
});
