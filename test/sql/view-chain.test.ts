import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf } from '../support/lint.ts';

before(loadParser);

const VIEWS = Array.from({ length: 19 }, (_, at) => `v${at + 1}`);
const CHAIN = [
  'CREATE VIEW v0 AS SELECT * FROM users;',
  ...VIEWS.map((name, at) => `CREATE VIEW ${name} AS SELECT * FROM v${at} a, v${at} b, v${at} c;`),
].join('\n');

test('views of views that name each other several times are each gone through once', {
  timeout: 6000,
}, () => {
  const users = schemaOf('CREATE TABLE users (id bigint PRIMARY KEY, n int);');
  const { statements } = judge(users, `${CHAIN} SELECT * FROM v19;`);
  const last = statements.at(-1)?.effects.relations.map(({ relation }) => relation) ?? [];
  const wanted = ['public.users', 'public.users_pkey', 'public.v0', ...VIEWS.map((name) => `public.${name}`)];
  assert.deepEqual(last.toSorted(), wanted.toSorted());
});

test('a view has no more columns than the server lets it have', { timeout: 6000 }, () => {
  const catalog = schemaOf(`CREATE TABLE users (id bigint PRIMARY KEY, n int); ${CHAIN}`);
  assert.equal(catalog.relations.get('public.v3')?.columns.length, 54);
  assert.equal(catalog.relations.get('public.v19')?.columns.length, 1600);
  assert.ok(
    complainers(judge(catalog, 'ALTER TABLE users ALTER n TYPE bigint;')).some((rule) =>
      rule.startsWith('alter-column-type'),
    ),
  );
});
