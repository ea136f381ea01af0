import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Migration } from '../../src/migrations/migration.ts';
import { sql } from '../../src/migrations/sql.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import { type Down, type DownResult, rehearseDown } from '../../src/rehearsal/down.ts';
import { downFindings } from '../../src/rehearsal/down-findings.ts';
import { openSchemas } from '../../src/rehearsal/schemas.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { memoryTree } from '../support/memory-tree.ts';
import { connected, one, prepared } from './support.ts';

before(() => loadParser());

const NONE = '-- pullgres:no-transaction\n';
const SHOP = 'create table t (a int, b text); insert into t select n, n::text from generate_series(1, 10) n;';

type Pair = readonly [up: string, down?: string];

async function migrationsOf(pairs: readonly Pair[]): Promise<readonly Migration[]> {
  const files = pairs.flatMap(([up, down], at) => [
    [`m/${at + 1}.up.sql`, up],
    ...(down === undefined ? [] : [[`m/${at + 1}.down.sql`, down]]),
  ]);
  return sql.list(memoryTree(Object.fromEntries(files)), 'm');
}

type Tried = DownResult & { readonly facts: ConnectionFacts; readonly migrations: readonly Migration[] };

async function tried(pairs: readonly Pair[], given = SHOP, statementTimeoutMs = 20_000): Promise<Tried> {
  const facts = await prepared(given);
  const migrations = await migrationsOf(pairs);
  const quiet = () => undefined;
  const schemas = await openSchemas({ facts, history: sql.history });
  for (const migration of migrations) {
    await applyMigrations({ facts, migrations: [migration], history: sql.history, onProgress: quiet });
    await schemas.look();
  }
  await schemas.close();
  const limits = { statementTimeoutMs, lockTimeoutMs: 5_000 };
  const request = { facts, migrations, schemas: schemas.all() ?? [], limits, onProgress: quiet };
  return { ...(await rehearseDown(request)), facts, migrations };
}

function said({ status, reason, difference, problem }: Down): readonly unknown[] {
  return [status, ...(reason ? [reason] : []), ...(difference ?? []), ...(problem ? [problem.message] : [])];
}

const REFUSED = 'the server refused it';

const cases: readonly {
  readonly name: string;
  readonly pairs: readonly Pair[];
  readonly said: readonly (readonly unknown[])[];
  readonly mustReset?: boolean;
}[] = [
  {
    name: 'leads back',
    pairs: [['alter table t add c int default 3; create index on t (c)', 'alter table t drop c']],
    said: [['reversed']],
  },
  {
    name: 'leads back over several',
    pairs: [
      ['create table u (id serial primary key)', 'drop table u'],
      ['alter table u add v text not null', 'alter table u drop v'],
      [
        'alter table u rename v to w; comment on table u is $$x$$',
        'alter table u rename w to v; comment on table u is null',
      ],
    ],
    said: [['reversed'], ['reversed'], ['reversed']],
  },
  {
    name: 'that is not there',
    pairs: [['create table u (id int)', 'drop table u'], ['create table v (id int)']],
    said: [['not tried', 'm/2.up.sql, which came after it, could not be taken back'], ['missing']],
  },
  {
    name: 'that is empty is not there',
    pairs: [['create table u (id int)', '-- nothing to do\n']],
    said: [['missing']],
  },
  {
    name: 'forgets an index, a default and a privilege',
    pairs: [
      [
        'create index i on t (a); alter table t alter a set default 3; grant select on t to pg_monitor; alter table t add c int',
        'alter table t drop c',
      ],
    ],
    said: [
      [
        'differs',
        'table public.t is another',
        '+ GRANT SELECT TO pg_monitor',
        'column public.t.a is another',
        '- integer',
        '+ integer DEFAULT 3',
        'index public.i is there',
        '+ CREATE INDEX i ON public.t USING btree (a)',
      ],
    ],
  },
  {
    name: 'leaves something behind, which is no fault of the migration before it',
    pairs: [
      ['alter table t add c int', 'alter table t drop c'],
      ['comment on table t is $$x$$; alter table t add d int', 'alter table t drop d'],
    ],
    said: [['reversed'], ['differs', 'table public.t is another', "+ COMMENT 'x'"]],
  },
  {
    name: 'brings a column back in another place',
    pairs: [['alter table t drop a', 'alter table t add a int']],
    said: [
      ['differs', 'table public.t is another', '- COLUMNS IN THE ORDER a, b', '+ COLUMNS IN THE ORDER b, a'],
    ],
  },
  {
    name: 'is refused',
    pairs: [
      ['create table u (id int)', 'drop table u'],
      ['create view v as select * from u', 'drop table u'],
    ],
    said: [
      ['not tried', 'm/2.up.sql, which came after it, could not be taken back'],
      [
        'failed',
        REFUSED,
        'cannot drop table u because other objects depend on it (view v depends on table u)',
      ],
    ],
  },
  {
    name: 'is no SQL',
    pairs: [['create table u (id int)', 'drop tabel u']],
    said: [['failed', REFUSED, 'syntax error at or near "tabel"']],
  },
  {
    name: 'forgets a sequence, so that the migration would be refused when it comes again',
    pairs: [['create table u (id int); create sequence s', 'drop table u']],
    said: [
      [
        'differs',
        'sequence public.s is there',
        '+ AS bigint START 1 INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1',
      ],
    ],
  },
  {
    name: 'outside a transaction is done for good, and made good again',
    pairs: [
      ['create table u (id int)', 'drop table u'],
      [`${NONE}create index concurrently i on t (a)`, `${NONE}drop index concurrently i`],
    ],
    said: [['reversed'], ['reversed']],
  },
  {
    name: 'that only the down part needs no transaction for',
    pairs: [['create index i on t (a)', 'drop index concurrently i']],
    said: [['reversed']],
  },
  {
    name: 'outside a transaction that cannot be made good',
    pairs: [[`${NONE}create table u (id int); create table w (id int)`, `${NONE}drop table u; vacuum t`]],
    said: [['differs', 'table public.w is there', '+ id integer']],
    mustReset: true,
  },
  {
    name: 'uses settings that must not leak into the next',
    pairs: [
      [
        'create schema x; set search_path = x; create table inside (a int)',
        'drop table x.inside; drop schema x',
      ],
      [
        'create table public.outer_ (a int)',
        `set role pg_monitor; reset role; set search_path = public; drop table outer_`,
      ],
    ],
    said: [['reversed'], ['reversed']],
  },
  {
    name: 'breaks a deferred constraint, which COMMIT would find',
    pairs: [
      [
        'create table p (id int primary key); insert into p values (1); create table c (p int references p deferrable initially deferred); insert into c values (1)',
        'drop table c, p',
      ],
      ['insert into p values (2)', 'delete from p'],
    ],
    said: [
      ['not tried', 'm/2.up.sql, which came after it, could not be taken back'],
      [
        'failed',
        REFUSED,
        'update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c"',
      ],
    ],
  },
  {
    name: 'of an enum with its values',
    pairs: [
      [
        `create type e as enum ('a'); create table m (v e); alter type e add value 'b'`,
        'drop table m; drop type e',
      ],
    ],
    said: [['reversed']],
  },
];

describe('a way back', () => {
  for (const { name, pairs, said: wanted, mustReset = false } of cases) {
    it(name, async () => {
      const { downs, facts, ...result } = await tried(pairs);
      assert.deepEqual(downs.map(said), wanted);
      assert.equal(result.mustReset, mustReset);
      const history = await one(facts, 'select count(*)::int from public.pullgres_migrations');
      assert.equal(history?.count, pairs.length);
    });
  }

  it('within a transaction leaves the rows as they were', async () => {
    const { downs, facts } = await tried([
      ['alter table t add c int; update t set c = a', 'alter table t drop c; delete from t'],
    ]);
    assert.deepEqual(downs.map(said), [['reversed']]);
    assert.deepEqual(await one(facts, 'select count(*)::int, sum(c)::int from t'), { count: 10, sum: 55 });
  });

  it('that takes too long is cancelled', async () => {
    const { downs, migrations } = await tried(
      [['create table u (a int)', 'select pg_sleep(30); drop table u']],
      SHOP,
      300,
    );
    assert.deepEqual(
      downs.map(({ status, problem }) => [status, problem?.code]),
      [['failed', '57014']],
    );
    assert.match(downs[0]?.problem?.message ?? '', /limit of 300 ms/);
    const [finding] = downFindings(migrations, downs, false);
    assert.equal(finding?.rule, 'down-migration-fails');
    assert.equal(finding?.place.file, 'm/1.down.sql');
  });

  it('that swallows its cancellation costs the session, and the result stands', async () => {
    const swallows =
      'do $$ begin loop begin perform pg_sleep(30); exception when query_canceled then null; end; end loop; end $$';
    const { downs } = await tried([['create table u (a int)', swallows]], SHOP, 200);
    assert.equal(downs[0]?.status, 'failed');
  });

  it('is a finding where it is missing and required, refused, or leads elsewhere', async () => {
    const { downs, migrations } = await tried([
      ['create table u (a int)'],
      ['create index i on t (a); create index j on t (a)', 'drop index i'],
      ['create table w (a int)', '\n\n  drop table nowhere'],
    ]);
    assert.deepEqual(
      downs.map(({ status }) => status),
      ['missing', 'not tried', 'failed'],
    );
    const told = (isRequired: boolean) =>
      downFindings(migrations, downs, isRequired).map(({ rule, place, severity, message }) => [
        rule,
        severity,
        `${place.file}:${place.line}`,
        message,
      ]);
    const refused = [
      'down-migration-fails',
      'warning',
      'm/3.down.sql:3',
      'The way back of `m/3.up.sql` is closed: table "nowhere" does not exist.',
    ];
    assert.deepEqual(told(false), [refused]);
    assert.deepEqual(told(true), [
      [
        'down-migration-missing',
        'error',
        'm/1.up.sql:1',
        '`m/1.up.sql` has no way back, and the policy asks for one.',
      ],
      refused,
    ]);
    const other = await tried([['create index i on t (a); create index j on t (a)', 'drop index i']]);
    assert.deepEqual(
      downFindings(other.migrations, other.downs, false).map(({ rule, message }) => [rule, message]),
      [
        [
          'down-migration-differs',
          'After up and down of `m/1.up.sql` the schema is not as it was: `index public.j is there`.',
        ],
      ],
    );
  });

  it('stops with the signal', async () => {
    const stop = new AbortController();
    const facts = await prepared(SHOP);
    const migrations = await migrationsOf([['create table u (a int)', 'select pg_sleep(30)']]);
    const schemas = await openSchemas({ facts, history: sql.history });
    await connected(facts, (connection) => connection.script('create table u (a int)'));
    await schemas.look();
    await schemas.close();
    setTimeout(() => stop.abort(new Error('enough')), 300);
    const limits = { statementTimeoutMs: 20_000, lockTimeoutMs: 5_000 };
    const run = rehearseDown({
      facts,
      migrations,
      schemas: schemas.all() ?? [],
      limits,
      signal: stop.signal,
      onProgress: () => undefined,
    });
    await assert.rejects(run, /enough/);
  });
});
