import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { readSchema } from '../../src/postgres/schema-snapshot.ts';
import { changeLines, schemaChanges, schemaDifference } from '../../src/rehearsal/schema-diff.ts';
import { freshDatabase } from '../support/postgres.ts';
import { CASES } from './schema-cases.ts';
import { connected, prepared } from './support.ts';

let version = 0;
before(async () => {
  version = await connected(await freshDatabase(), async ({ serverVersion }) => serverVersion);
});

describe('schema changes by identity', () => {
  for (const { name, before: given = '', change, told, since = 13 } of CASES) {
    it(name, async () => {
      if (version < since) return;
      const facts = await prepared(given);
      await connected(facts, async (connection) => {
        const old = await readSchema(connection);
        await connection.script(change);
        const now = await readSchema(connection);
        assert.deepEqual(changeLines(schemaChanges(old, now)), told);
        assert.deepEqual(schemaChanges(now, await readSchema(connection)), []);
        assert.deepEqual(schemaDifference(now, now), []);
      });
    });
  }
});

const SHOP = `create table t (a int primary key, b text not null default 'x', c int check (c > 0));
  create index i on t (b); create view v as select * from t; comment on table t is 'things';
  create function f() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on t for each row execute function f()`;

describe('schema difference by name', () => {
  const differences: readonly (readonly [name: string, change: string, told: readonly string[]])[] = [
    ['all made again is no difference', `drop view v; drop table t; drop function f; ${SHOP}`, []],
    [
      'a column that came back stands last',
      "drop view v; alter table t drop b; alter table t add b text not null default 'x'; create index i on t (b); create view v as select a, b, c from t",
      ['table public.t is another', '- COLUMNS IN THE ORDER a, b, c', '+ COLUMNS IN THE ORDER a, c, b'],
    ],
    ['a gap left by a dropped column is no difference', 'alter table t add d int; alter table t drop d', []],
    [
      'a rename is another object',
      'alter table t rename a to d; alter table t rename d to a; alter index i rename to j',
      [
        'index public.i is gone',
        '- CREATE INDEX i ON public.t USING btree (b)',
        'index public.j is there',
        '+ CREATE INDEX j ON public.t USING btree (b)',
      ],
    ],
    [
      'what was forgotten',
      `alter table t alter b drop default; comment on table t is null; grant select on t to pg_monitor`,
      [
        'table public.t is another',
        "- COMMENT 'things'",
        '+ GRANT SELECT TO pg_monitor',
        'column public.t.b is another',
        "- text NOT NULL DEFAULT 'x'::text",
        '+ text NOT NULL',
      ],
    ],
  ];
  for (const [name, change, told] of differences) {
    it(name, async () => {
      await connected(await prepared(SHOP), async (connection) => {
        const old = await readSchema(connection);
        await connection.script(change);
        assert.deepEqual(changeLines(schemaDifference(old, await readSchema(connection))), told);
      });
    });
  }
});

describe('the schema of a database', () => {
  it('leaves out the tables that it is told to, with all that is theirs', async () => {
    const facts = await prepared(
      'create schema s; create table s."h.x" (id serial primary key, v text unique); create index on s."h.x" (v)',
    );
    await connected(facts, async (connection) => {
      const names = [...(await readSchema(connection, { without: ['s.h.x'] })).values()].map(
        ({ name }) => name,
      );
      assert.deepEqual(
        names.filter((name) => /^h|_/.test(name)),
        [],
      );
    });
  });

  it('is read inside a transaction, which keeps its settings and none of the locks', async () => {
    await connected(
      await prepared('create table t (a int); create view v as select * from t'),
      async (connection) => {
        const locks = async () =>
          (
            await connection.query(
              "select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and relation > 16384",
            )
          ).rows[0]?.count;
        await connection.script('begin; set local search_path = public; create table made (x int)');
        const before = await locks();
        const names = [...(await readSchema(connection, { where: 'inside a transaction' })).values()].map(
          ({ name }) => name,
        );
        assert.ok(names.includes('made'));
        assert.equal(await locks(), before);
        assert.equal((await connection.query('show search_path')).rows[0]?.search_path, 'public');
        await connection.script('create table still_writable (x int); commit');
      },
    );
  });

  it('can be read by a role without any privilege', async () => {
    const role = `plain_${randomBytes(4).toString('hex')}`;
    await connected(await prepared(SHOP), async (connection) => {
      await connection.script(`create role ${role}; set role ${role}`);
      const schema = await readSchema(connection);
      assert.ok([...schema.values()].some(({ kind, name }) => kind === 'view' && name === 'v'));
      await connection.script(`reset role; drop role ${role}`);
    });
  });

  it('of 5,000 tables is read and compared in seconds', async (test) => {
    const facts = await prepared(`do $$ begin
      for n in 1..1000 loop execute format('create table t%s (id bigint primary key, a text not null, b int default 3, c timestamptz)', n); end loop; end $$`);
    await connected(facts, async (connection) => {
      for (let part = 1; part < 5; part++) {
        await connection.script(`do $$ begin
          for n in ${part * 1000 + 1}..${part * 1000 + 1000} loop execute format('create table t%s (id bigint primary key, a text not null, b int default 3, c timestamptz)', n); end loop; end $$`);
      }
      const begun = performance.now();
      const old = await readSchema(connection);
      const read = performance.now();
      await connection.script('alter table t77 add d int');
      const changes = schemaChanges(old, await readSchema(connection));
      test.diagnostic(`5,000 tables: ${old.size} objects read in ${Math.round(read - begun)} ms`);
      assert.deepEqual(changeLines(changes), ['column public.t77.d is there', '+ integer']);
      assert.ok(performance.now() - begun < 60_000);
    });
  });
});
