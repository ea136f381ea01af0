import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_MIGRATIONS, type Files, type ShopOptions, type ShopRun } from '../support/shop-job.ts';
import { migration, onServer, readable, withShop } from './bad-input.ts';

async function run(files: Files, more: Readonly<Record<string, string>> = {}, shop: ShopOptions = {}) {
  return withShop(shop, async ({ push, run }) => {
    await push(files);
    return run(await onServer(more));
  });
}

function assertSaid(run: ShopRun, ...words: readonly RegExp[]): void {
  for (const text of [run.log, readable(run.comment), readable(run.summary)]) {
    for (const word of words) assert.match(text, word);
  }
}

test('a syntax error is told once, with line, column and a hint', async () => {
  const sql = 'create table a (id int);\n\n  create tabel b (id int);\n';
  const result = await run(migration('0003_a.sql', sql));
  assert.equal(result.exitCode, 1);
  assert.equal(result.outputs.verdict, 'fail');
  const [annotation, ...others] = result.annotations;
  assert.deepEqual(others, []);
  assert.equal(annotation?.file, 'migrations/0003_a.sql');
  assert.equal(annotation.line, 3);
  assert.match(annotation.message, /^Line 3, column 10: syntax error at or near "tabel"\.\nHint: /);
  assertSaid(result, /migrations\/0003_a\.sql:3:10/, /syntax error at or near "tabel"/);
  assert.match(
    readable(result.comment),
    /What to do now:\*\* Correct the SQL at `migrations\/0003_a\.sql:3:10`/,
  );
  assert.deepEqual(result.evidence?.verdict.reasons.length, 1);
});

test("what the server refuses carries the server's own hint to its place", async () => {
  const sql = 'create table a (id int);\nalter table orders\n  alter column note type int;\n';
  const result = await run(migration('0003_a.sql', sql));
  assert.equal(result.outputs.verdict, 'fail');
  const failed = result.annotations.find(({ title }) => title === 'Migration failed');
  assert.equal(failed?.line, 2);
  assert.match(
    failed.message,
    /column 1: .*cannot be cast automatically[\s\S]*Hint: You might need to specify "USING note::integer"/,
  );
  assert.match(readable(result.comment), /USING note::integer/);
  assert.match(readable(result.comment), /`migrations\/0003_a\.sql:2:1` \(SQLSTATE 42804\)/);
  assert.equal(result.evidence?.rehearsal?.migrations[0]?.problem?.code, '42804');
});

test('an empty folder of migrations is nothing to do, a misspelt one is an error', async () => {
  const empty = { 'migrations/.gitkeep': '' };
  const wishes: Record<string, string>[] = [{}, { 'migrations-directory': 'migrations' }];
  for (const wish of wishes) {
    const result = await run(empty, wish, { base: { 'README.md': 'A shop.\n' } });
    assert.equal(result.outputs.verdict, 'pass', result.log);
    assert.equal(result.exitCode, 0);
    assert.equal(result.evidence?.lint?.reason, 'the repository has no migrations');
  }
  const misspelt = await run(empty, { 'migrations-directory': 'migratoins' });
  assert.equal(misspelt.exitCode, 1);
  assertSaid(misspelt, /The migrations folder migratoins is missing or empty/);
  assert.match(misspelt.annotations[0]?.message ?? '', /Check the input migrations-directory/);
});

test('deleting every merged migration is a failure, not an empty folder', async () => {
  const gone = Object.fromEntries(Object.keys(BASE_MIGRATIONS).map((path) => [path, undefined]));
  const result = await run({ ...gone, 'migrations/.gitkeep': '' });
  assert.equal(result.outputs.verdict, 'fail', result.log);
  assertSaid(result, /0001_customers\.sql.* is already merged and was deleted here/);
});

test('two migrations with one version are a finding with both their paths, and are not rehearsed', async () => {
  const result = await run({
    ...migration('0003_a.sql', 'select 1;'),
    ...migration('0003_b.sql', 'select 2;'),
  });
  assert.equal(result.exitCode, 1);
  assert.equal(result.outputs.verdict, 'fail');
  assertSaid(
    result,
    /Two migrations have the version .*0003.*migrations\/0003_a\.sql.*migrations\/0003_b\.sql/,
  );
  assert.ok(
    result.annotations.some(({ level, message }) => level === 'error' && /0003_a.*0003_b/.test(message)),
  );
  assert.doesNotMatch(result.comment, /nothing has to change/);
});

test('a file that is not UTF-8 is refused by its name, with what to do', async () => {
  const latin1 = Buffer.from("insert into orders (note) values ('caf\xe9');\n", 'latin1');
  const result = await run(migration('0003_a.sql', latin1));
  assert.equal(result.exitCode, 1);
  assert.equal(result.outputs.verdict, 'fail');
  assertSaid(result, /migrations\/0003_a\.sql is not UTF-8: .*offset 39/, /iconv -f WINDOWS-1252/);
});

test('a migration of 10 MB works, and the report stays small', async () => {
  const text = 'abcdefghij'.repeat(10);
  const rows = Array.from({ length: 90_000 }, (_, id) => `(${id}, '${text}')`).join(',\n');
  const sql = `create table big (id int, name text);\ninsert into big values ${rows};\n`;
  assert.ok(sql.length > 10_000_000);
  const result = await run(migration('0003_big.sql', sql));
  assert.equal(result.outputs.verdict, 'pass', result.log);
  const insert = result.evidence?.rehearsal?.migrations[0]?.statements[1];
  assert.equal(insert?.rows, 90_000);
  assert.ok(result.comment.length < 65_000 && result.summary.length < 1_000_000);
  assert.ok(JSON.stringify(result.evidence).length < 1_000_000);
});

test('hostile names of migrations reach a person as they are and a machine not at all', async () => {
  const names = [
    '0003_a"><!-- x -->.sql',
    '0004_::error::x.sql',
    '0005_\n::error::y.sql',
    '0006_`@robin`.sql',
  ];
  const files = names.map((name, at) => migration(name, at === 1 ? 'drop table absent;' : `select ${at};`));
  const result = await run(Object.assign({}, ...files));
  assert.equal(result.outputs.verdict, 'fail', result.log);
  const failed = result.annotations.filter(({ level }) => level === 'error');
  assert.deepEqual(
    failed.map(({ file, line }) => [file, line]),
    [['migrations/0004_::error::x.sql', 1]],
  );
  assert.equal(result.evidence?.rehearsal?.migrations[0]?.file, `migrations/${names[0]}`);
  // Only our own marker is a comment, and it stands first.
  for (const body of [result.comment, result.summary]) {
    assert.ok(body.lastIndexOf('<!--') <= 0, body);
    assert.doesNotMatch(body.replaceAll(/`+[^`\n]*`+/g, ''), /@robin/);
  }
});

test('a change of migrations that Pullgres does not read is unproven, with the way out', async () => {
  const knex = 'exports.up = (knex) => knex.schema.createTable("a");\n';
  const nested = await run(migration('2026/0003_b.sql', 'drop table orders;\n'));
  const code = await withShop({}, async ({ push, run }) => {
    await push(migration('0003_b.js', knex));
    return run({});
  });
  const alone = await withShop({ base: { 'README.md': 'A shop.\n' } }, async ({ push, run }) => {
    await push(migration('20260101_a.js', knex));
    return run({});
  });
  for (const result of [nested, code, alone]) {
    assert.equal(result.exitCode, 1, result.log);
    assert.equal(result.outputs.verdict, 'unproven');
    assert.equal(result.evidence?.lint?.status, 'unproven');
    assert.equal(result.evidence?.rehearsal?.status, 'unproven');
    assert.match(readable(result.comment), /rehearsal\.command in the policy/);
  }
  assertSaid(nested, /migrations\/2026\/0003_b\.sql has the name of a migration and was not read/);
  assertSaid(code, /0003_b\.js is a migration in JavaScript or TypeScript, which Pullgres does not run/);
  assertSaid(alone, /20260101_a\.js is a migration in JavaScript or TypeScript/);
});
