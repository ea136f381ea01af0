import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../src/errors.ts';
import { tableKey } from '../../src/masking/source.ts';
import { ServerError } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type BuildStatement, buildKeys, createSchema } from '../../src/refresh/build-keys.ts';
import type { RefreshProgress } from '../../src/refresh/progress.ts';
import { readSequences } from '../../src/refresh/sequences.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase } from '../support/postgres.ts';
import { onDatabase } from '../support/refresh.ts';

function statement(
  step: BuildStatement['step'],
  sql: string,
  table?: string,
  kind = step as string,
): BuildStatement {
  const key = table === undefined ? undefined : tableKey('public', table);
  return { sql, step, kind, name: sql.split(' ').slice(0, 4).join(' '), table: key };
}

const PRE = [
  statement('schema', 'CREATE TABLE public.users (id int NOT NULL, mail text, boss int)'),
  statement(
    'schema',
    'CREATE SEQUENCE public.users_id_seq AS int; ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id',
  ),
  statement('schema', "ALTER TABLE public.users ALTER id SET DEFAULT nextval('public.users_id_seq')"),
  statement(
    'schema',
    'CREATE TABLE public.orders (id int NOT NULL, user_id int, total numeric) PARTITION BY RANGE (id)',
  ),
  statement('schema', 'CREATE TABLE public.orders_1 (id int NOT NULL, user_id int, total numeric)'),
  statement(
    'schema',
    'ALTER TABLE public.orders ATTACH PARTITION public.orders_1 FOR VALUES FROM (0) TO (1000000)',
  ),
  statement('schema', 'CREATE TABLE public.log (at text)'),
  statement(
    'schema',
    'CREATE MATERIALIZED VIEW public.totals AS SELECT user_id, sum(total) AS total FROM public.orders GROUP BY 1 WITH NO DATA',
  ),
  statement(
    'schema',
    'CREATE MATERIALIZED VIEW public.best AS SELECT max(total) AS total FROM public.totals WITH NO DATA',
  ),
  statement('schema', 'CREATE SEQUENCE public.lone'),
  statement(
    'schema',
    'CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (TG_OP); RETURN new; END $$',
  ),
  statement(
    'schema',
    'CREATE FUNCTION public.hear() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (TG_TAG); END $$',
  ),
];

/** In an order that none of them could be run in. */
const POST = [
  statement(
    'code',
    'CREATE EVENT TRIGGER heard ON ddl_command_end EXECUTE FUNCTION public.hear()',
    undefined,
    'event trigger',
  ),
  statement('refresh', 'REFRESH MATERIALIZED VIEW public.best', 'best'),
  statement('refresh', 'REFRESH MATERIALIZED VIEW public.totals', 'totals'),
  statement(
    'code',
    'CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.note()',
    'users',
  ),
  statement('code', 'ALTER TABLE public.users ENABLE ROW LEVEL SECURITY', 'users'),
  statement('code', 'CREATE POLICY own ON public.users USING (id > 0)', 'users'),
  statement(
    'foreign key',
    'ALTER TABLE public.orders ADD CONSTRAINT o_u FOREIGN KEY (user_id) REFERENCES public.users(id)',
    'orders',
  ),
  statement(
    'foreign key',
    'ALTER TABLE ONLY public.users ADD CONSTRAINT u_u FOREIGN KEY (boss) REFERENCES public.users(id) DEFERRABLE',
    'users',
  ),
  statement('other', 'ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_1_pkey', 'orders'),
  statement('other', 'CREATE STATISTICS public.both ON user_id, total FROM public.orders_1', 'orders_1'),
  statement('other', 'ALTER TABLE public.users CLUSTER ON users_pkey', 'users'),
  statement('index', 'ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id)', 'users'),
  statement('index', 'ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id)', 'orders'),
  statement(
    'index',
    'ALTER TABLE ONLY public.orders_1 ADD CONSTRAINT orders_1_pkey PRIMARY KEY (id)',
    'orders_1',
  ),
  statement('index', 'CREATE UNIQUE INDEX mails ON public.users USING btree (lower(mail))', 'users'),
  statement('index', 'CREATE INDEX by_total ON public.orders_1 USING btree (total)', 'orders_1'),
  statement('index', 'CREATE UNIQUE INDEX of_totals ON public.totals USING btree (user_id)', 'totals'),
];

const ROWS = `
  insert into public.users select i, 'u' || i, nullif(i / 2, 0) from generate_series(1, 3000) i;
  insert into public.orders_1 select i, i % 3000 + 1, i from generate_series(1, 9000) i`;

async function filled(rows = ROWS): Promise<ConnectionFacts> {
  const target = await freshDatabase();
  await createSchema({ target, statements: PRE });
  await onDatabase(target, (connection) => connection.script(rows));
  return target;
}

/** Counts of before 15 come by a message that may be on its way. */
async function vacuumed(target: ConnectionFacts, table: string): Promise<boolean> {
  const seen = () =>
    onDatabase(target, (connection) =>
      connection.query('select last_vacuum is not null as done from pg_stat_user_tables where relname = $1', [
        table,
      ]),
    );
  for (let tries = 0; tries < 100; tries++) {
    if ((await seen()).rows[0]?.done === true) return true;
    await sleep(100);
  }
  return false;
}

describe('buildKeys', () => {
  it('makes everything in an order that works, several at once', async () => {
    const target = await filled();
    const told: RefreshProgress[] = [];
    const built = await buildKeys({
      target,
      statements: POST,
      sequences: [],
      workers: 2,
      onProgress: (each) => told.push(each),
    });
    assert.equal(built.length, POST.length);
    assert.equal(built.at(-1)?.kind, 'event trigger');
    const { rows } = await onDatabase(target, (connection) =>
      connection.query(`select
        (select count(*)::int from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace) as foreign_keys,
        (select bool_and(indisvalid) from pg_index) as valid,
        (select total::int from public.best) as best,
        (select count(*)::int from public.log) as heard,
        (select count(*)::int from pg_stats where schemaname = 'public' and tablename in ('orders', 'orders_1', 'users', 'totals', 'mails')) as columns,
        (select count(*)::int from pg_stats_ext where statistics_name = 'both' and n_distinct is not null) as extended`),
    );
    assert.deepEqual(rows[0], {
      foreign_keys: 2,
      valid: true,
      best: 18000,
      heard: 0,
      columns: 12,
      extended: 1,
    });
    // Not relallvisible: a transaction of another database, such as one that makes a database, keeps rows from being visible to all.
    assert.ok(await vacuumed(target, 'users'));
    assert.deepEqual([...new Set(told.map(({ step }) => step))].sort(), ['keys', 'statistics']);
    assert.equal(told.filter(({ step }) => step === 'keys').at(-1)?.done, POST.length);
  });

  it('names the object of a failure and never the row', async () => {
    const cases = [
      [
        "insert into public.users values (1, 'secret-a', null), (2, 'SECRET-A', null)",
        /refused the index CREATE UNIQUE INDEX mails: two rows have the same key \(SQLSTATE 23505, table "public"\."users", constraint "mails"\)/,
      ],
      [
        'insert into public.users values (7, null, 4711)',
        /refused the foreign key .*a row refers to a row that is not there .SQLSTATE 23503, table "public"\."users", constraint "u_u"/,
      ],
    ] as const;
    for (const [rows, expected] of cases) {
      const target = await filled(rows);
      const failure = await buildKeys({ target, statements: POST, sequences: [], workers: 2 }).catch(
        (error: unknown) => error,
      );
      assert.ok(failure instanceof ProviderError, String(failure));
      assert.match(failure.message, expected);
      assert.doesNotMatch(
        JSON.stringify([failure.message, failure.hint, failure.stack, failure.cause]),
        /secret-|4711/i,
      );
      await onDatabase(target, async (connection) => {
        const left = await connection.query(
          "select count(*)::int as n from pg_stat_activity where application_name = 'pullgres refresh' and datname = current_database()",
        );
        assert.equal(left.rows[0]?.n, 0);
      });
    }
  });

  it('says of what only a superuser may do that it is the target that refuses, and what to do', async () => {
    const target = await freshDatabase();
    const role = `filler_${Date.now()}`;
    await onDatabase(target, (connection) =>
      connection.script(`create role ${role} login password 'x'; grant create on schema public to ${role}`),
    );
    const facts = { ...target, user: role, password: new Secret('x') };
    const sql =
      "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SET log_statement TO 'all' AS 'SELECT 1'";
    const made = { sql, step: 'schema', kind: 'function', name: 'public.f' } as const;
    const refused = (asAdministrator?: (text: string) => Promise<void>) =>
      createSchema({
        target: facts,
        asAdministrator,
        statements: [asAdministrator ? { ...made, superuser: true } : made],
      }).then(
        () => assert.fail('it was made'),
        (error: ProviderError) => error,
      );
    // The administrator’s own errors quote the server.
    const told = new ProviderError('The server refused: secret-a', {
      cause: new ServerError('secret-a', { code: '42501', severity: 'ERROR' }),
    });
    for (const error of [await refused(), await refused(() => Promise.reject(told))]) {
      assert.match(
        error.message,
        /^The target refused the function public\.f: the role lacks the right \(SQLSTATE 42501\)/,
      );
      assert.match(error.hint ?? '', /^This is the branch server, not the source/);
    }
    await onDatabase(target, (connection) => connection.script(`drop owned by ${role}; drop role ${role}`));
  });

  it('sets sequences as the source has them, and above masked keys', async () => {
    const source = await filled('');
    await onDatabase(source, (connection) =>
      connection.script("select setval('public.lone', 41, false); select setval('public.users_id_seq', 5)"),
    );
    const states = await onDatabase(source, readSequences);
    assert.deepEqual(
      states.map(({ name, last, called }) => [name, last, called]),
      [
        ['lone', '41', false],
        ['users_id_seq', '5', true],
      ],
    );
    const next = async (target: ConnectionFacts): Promise<unknown> =>
      (
        await onDatabase(target, (connection) =>
          connection.query("select nextval('public.lone') as lone, nextval('public.users_id_seq') as id"),
        )
      ).rows[0];
    const few = await filled('insert into public.users values (2)');
    await buildKeys({ target: few, statements: [], sequences: states });
    assert.deepEqual(await next(few), { lone: '41', id: '6' });
    const masked = await filled('insert into public.users values (900000)');
    await buildKeys({
      target: masked,
      statements: [],
      sequences: [...states, { schema: 'public', name: 'gone', last: '1', called: true }],
    });
    assert.deepEqual(await next(masked), { lone: '41', id: '900001' });
  });

  it('ends a build at the server when it is cancelled', async () => {
    const target = await filled();
    const controller = new AbortController();
    const slow = statement('other', 'SELECT pg_catalog.pg_sleep(600)');
    const onProgress = ({ at }: RefreshProgress): void => {
      if (at?.includes('pg_sleep')) setTimeout(() => controller.abort(new Error('enough')), 200);
    };
    await assert.rejects(
      buildKeys({ target, statements: [slow], sequences: [], signal: controller.signal, onProgress }),
      /^Error: enough$/,
    );
    const left = await onDatabase(target, (connection) =>
      connection.query(
        "select count(*)::int as n from pg_stat_activity where application_name = 'pullgres refresh' and datname = current_database()",
      ),
    );
    assert.equal(left.rows[0]?.n, 0);
  });
});
