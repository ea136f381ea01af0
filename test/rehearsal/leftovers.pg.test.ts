import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';
import { connected, one, prepared, rehearsed, SHOP } from './support.ts';

type Result = Awaited<ReturnType<typeof rehearsed>>;

/** A finding as `rule relation line`. */
function told({ findings }: Result): readonly string[] {
  return findings.map(({ rule, relation, place }) => `${rule} ${relation} ${place.file}:${place.line}`);
}

/** SQL between backticks of a finding's help. */
function advised({ findings }: Result): readonly string[] {
  return findings.flatMap(({ help }) => [...help.matchAll(/`([^`]+;)`/g)].map(([, sql = '']) => sql));
}

const DUPLICATE = 'update orders set note = null; update orders set customer_id = 1 where id < 3;';

test('an index whose build failed is named, with the SQL that mends it', async () => {
  const facts = await prepared(`${SHOP} ${DUPLICATE}`);
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}select 1;\ncreate unique index concurrently "one \`each" on orders (customer_id);`,
    ),
  );
  assert.equal(result.status, 'failed');
  assert.deepEqual(result.migrations[0]?.leftovers, [
    { kind: 'invalid index', relation: 'public.orders', name: 'public.one `each' },
  ]);
  assert.deepEqual(told(result), ['left-invalid-index public.orders m/1.sql:3']);
  assert.match(
    result.migrations[0]?.state ?? '',
    /^Of m\/1\.sql, 1 statement stands \(line 2\), and the history does not record it as applied\. Clear away what is half done: the index public\.one `each is invalid \(DROP INDEX CONCURRENTLY public\."one `each";\); then mend the file and rehearse/,
  );
  assert.equal(result.findings[0]?.severity, 'error');
});

test('what the help says runs, and mends', async () => {
  const facts = await prepared(`${SHOP} ${DUPLICATE}`);
  const failed = await rehearsed(
    facts,
    await sqlMigrations(`${NO_TRANSACTION}create unique index concurrently u on orders (customer_id);`),
  );
  const sql = advised(failed);
  assert.equal(sql.length, 2);
  await connected(facts, async (connection) => {
    await connection.script('update orders set customer_id = id');
    for (const each of sql) await connection.script(each);
  });
  assert.deepEqual(await one(facts, "select indisvalid from pg_index where indexrelid = 'u'::regclass"), {
    indisvalid: true,
  });
});

test('REINDEX CONCURRENTLY that fails leaves an index of its own', async () => {
  const facts = await prepared(`${SHOP} create unique index u on orders (customer_id, id);`);
  // A row of which the index knows nothing, so that building it again finds a duplicate.
  await connected(facts, (connection) =>
    connection.script(
      `create function half(int) returns int language sql immutable as 'select $1';
       create unique index h on orders (half(id));
       create or replace function half(int) returns int language sql immutable as 'select 1';`,
    ),
  );
  const result = await rehearsed(
    facts,
    await sqlMigrations(`${NO_TRANSACTION}reindex index concurrently h;`),
  );
  assert.equal(result.status, 'failed');
  assert.deepEqual(result.migrations[0]?.leftovers, [
    { kind: 'leftover index', relation: 'public.orders', name: 'public.h_ccnew' },
  ]);
  assert.deepEqual(told(result), ['left-invalid-index public.orders m/1.sql:2']);
  const [drop = ''] = advised(result);
  await connected(facts, (connection) => connection.script(drop));
  assert.deepEqual(await one(facts, "select to_regclass('h_ccnew') as h"), { h: null });
});

const UNFINISHED = `alter table orders add constraint "Fk" foreign key (customer_id) references customers not valid;
alter table orders add check (id > 0) not valid;
create domain positive as int;
alter domain positive add constraint p check (value > 0) not valid;
create function noop() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger audit after insert on orders for each row execute function noop();
alter table orders disable trigger audit;`;

test('constraints that are not validated and disabled triggers are findings where they were made', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(facts, await sqlMigrations(UNFINISHED));
  assert.equal(result.status, 'passed');
  assert.deepEqual(told(result), [
    'left-disabled-trigger public.orders m/1.sql:7',
    'left-unvalidated-constraint public.orders m/1.sql:1',
    'left-unvalidated-constraint public.orders m/1.sql:2',
    'left-unvalidated-constraint public.positive m/1.sql:4',
  ]);
  assert.deepEqual(
    result.findings.map(({ severity }) => severity),
    ['warning', 'notice', 'notice', 'notice'],
  );
  await loadParser();
  await connected(facts, async (connection) => {
    for (const sql of advised(result)) {
      assert.ok(parseSql(sql, 'help').ok, sql);
      await connection.script(sql);
    }
  });
});

test('what a later migration finishes, and what was there before, is no finding', async () => {
  const facts = await prepared(
    `${SHOP} alter table orders add constraint old check (id > 0) not valid; alter table customers disable trigger all;`,
  );
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      `alter table orders add constraint c check (id > 1) not valid;
       alter table orders add constraint d check (id < 1000000) not valid;`,
      'delete from orders where id = 1; alter table orders validate constraint c;',
      'alter table orders drop constraint d; alter table orders validate constraint old;',
    ),
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.deepEqual(told(result), []);
  assert.deepEqual(
    result.migrations.map(({ leftovers }) => leftovers),
    [undefined, undefined, undefined],
  );
});

test('of a partition tree the parent is told, and an index that waits for its partitions', async () => {
  const facts = await prepared(
    `create table e (id int, at int) partition by range (at);
     create table e_1 partition of e for values from (0) to (10);
     create table e_2 partition of e for values from (10) to (20);`,
  );
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      `alter table e add constraint c check (id > 0) not valid;
       create function noop() returns trigger language plpgsql as $$ begin return null; end $$;
       create trigger audit after insert on e for each row execute function noop();
       alter table e disable trigger audit;
       create index i on only e (id);`,
    ),
  );
  assert.deepEqual(told(result), [
    'left-disabled-trigger public.e m/1.sql:4',
    'left-invalid-index public.e m/1.sql:5',
    'left-unvalidated-constraint public.e m/1.sql:1',
  ]);
  assert.match(result.findings[1]?.help ?? '', /ALTER INDEX public\.i ATTACH PARTITION/);
});

test('DISABLE TRIGGER ALL is told by the constraints that nobody enforces any more', async () => {
  const facts = await prepared(
    `${SHOP} alter table orders add constraint fk foreign key (customer_id) references customers;`,
  );
  const result = await rehearsed(facts, await sqlMigrations('alter table orders disable trigger all;'));
  assert.deepEqual(told(result), ['left-disabled-trigger public.orders m/1.sql:1']);
  assert.match(result.findings[0]?.message ?? '', /triggers that enforce the constraint `fk`/);
  for (const sql of advised(result)) await connected(facts, (connection) => connection.script(sql));
  const left = "select count(*)::int as n from pg_trigger where tgenabled = 'D'";
  assert.deepEqual(await one(facts, left), { n: 0 });
});

test('a constraint that is not enforced waits for nothing; temporary tables are nobody’s', async () => {
  const facts = await prepared(SHOP);
  const version = await connected(facts, async ({ serverVersion }) => serverVersion);
  const unenforced = version < 18 ? '' : 'alter table orders add check (id > 0) not enforced;';
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      `${unenforced} create temp table t (id int); alter table t add check (id > 0) not valid;`,
    ),
  );
  assert.deepEqual(told(result), []);
});
