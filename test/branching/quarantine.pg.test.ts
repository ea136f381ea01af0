import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAdmin } from '../../src/branching/admin.ts';
import { roleNames } from '../../src/branching/identity.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { Quarantined } from '../../src/branching/provider.ts';
import { isolate } from '../../src/branching/quarantine.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { admin, withSubject } from './faulty-server.ts';
import { ask, tell } from './sql-conformance.ts';
import { asks, pull, refused, type Subject } from './subject.ts';

type Golden = {
  /** A superuser's session in the golden database, before it is published. */
  readonly golden: ConnectionFacts;
  /** What the branch's making says, and its login role's facts. */
  readonly branch: () => Promise<{
    quarantine: readonly Quarantined[];
    facts: ConnectionFacts;
    inside: ConnectionFacts;
  }>;
  readonly said: readonly string[];
  readonly subject: Subject;
};

/** A golden database, filled by hand as superusers do. */
function withGolden(work: (golden: Golden) => Promise<void>, tables: readonly string[] = []): Promise<void> {
  return withSubject(async (subject) => {
    const name = `pullgres_golden_${subject.repositoryId}`;
    const said: string[] = [];
    await subject.plant(name, undefined);
    const provider = createPostgresProvider({
      facts: admin,
      now: () => new Date(),
      quarantine: { tables },
      onProgress: (text) => void said.push(text),
    });
    await work({
      subject,
      said,
      golden: { ...admin, database: name },
      branch: async () => {
        const { id } = await provider.publishBaseline(name, {
          id: `golden ${subject.repositoryId}`,
          kind: 'synthetic',
        });
        const { branch, making } = await provider.create(asks(subject, pull(subject, 1), id));
        assert.ok(making);
        const facts = await provider.connect(branch);
        return { quarantine: making.quarantine, facts, inside: { ...admin, database: branch.name } };
      },
    });
  });
}

const flat = (quarantine: readonly Quarantined[]) =>
  quarantine.map(
    ({ kind, name, action, rows }) =>
      `${kind} | ${name} | ${action}${rows === undefined ? '' : ` | ${rows}`}`,
  );

/** A language whose functions may do anything, in the guise of plpgsql. */
const UNTRUSTED = `CREATE LANGUAGE plsh HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator`;

/** Makes an extension that is here pass for one that is not: only its name and its members matter. */
async function disguise(
  golden: ConnectionFacts,
  extension: string,
  ...members: readonly string[]
): Promise<void> {
  await tell(
    golden,
    'CREATE SCHEMA IF NOT EXISTS disguise',
    'CREATE EXTENSION intagg SCHEMA disguise',
    `UPDATE pg_extension SET extname = '${extension}' WHERE extname = 'intagg'`,
    ...members.map((member) => `ALTER EXTENSION ${extension} ADD ${member}`),
  );
}

test('nothing leads to another server any more', () =>
  withGolden(async ({ golden, branch }) => {
    await tell(
      golden,
      'CREATE EXTENSION postgres_fdw',
      'CREATE EXTENSION file_fdw',
      `CREATE FUNCTION insists(text[], oid) RETURNS void LANGUAGE plpgsql AS $$
         BEGIN IF $2 = 'pg_foreign_server'::regclass AND $1::text NOT LIKE '%dbserver%' THEN RAISE 'no dbserver'; END IF; END $$`,
      `CREATE FOREIGN DATA WRAPPER "or""acle" VALIDATOR insists OPTIONS (endpoint 'prod.internal')`,
      `CREATE SERVER "pro""d\n1" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'prod.internal', dbname 'shop', port '5432')`,
      `CREATE SERVER needy FOREIGN DATA WRAPPER "or""acle" OPTIONS (dbserver '//prod.internal/x')`,
      'CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
      `CREATE USER MAPPING FOR PUBLIC SERVER "pro""d\n1" OPTIONS (user 'app', password 'hunter2')`,
      `CREATE USER MAPPING FOR CURRENT_USER SERVER "pro""d\n1" OPTIONS (user 'root', password 'hunter3')`,
      'GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC',
      `GRANT USAGE ON FOREIGN SERVER "pro""d\n1" TO PUBLIC`,
      `CREATE FOREIGN TABLE far (id integer OPTIONS (column_name 'no')) SERVER "pro""d\n1" OPTIONS (schema_name 's', table_name 'near')`,
      `CREATE FOREIGN TABLE "o""ut" (line text) SERVER files OPTIONS (program 'echo reached')`,
    );
    assert.deepEqual(await ask(golden, 'SELECT line FROM "o""ut"'), [{ line: 'reached' }]);
    const { quarantine, facts, inside } = await branch();
    assert.deepEqual(flat(quarantine), [
      'user mapping | PUBLIC on "pro""d\n1" | dropped',
      'user mapping | postgres on "pro""d\n1" | dropped',
      'foreign table | public."o""ut" | disabled',
      'foreign server | "pro""d\n1" | disabled',
      'foreign server | needy | disabled',
      'foreign-data wrapper | "or""acle" | disabled',
      'foreign-data wrapper | postgres_fdw | revoked',
    ]);
    assert.deepEqual(await ask(inside, 'SELECT FROM pg_user_mapping'), []);
    const options = await ask(
      inside,
      'SELECT srvoptions::text AS o FROM pg_foreign_server UNION SELECT fdwoptions::text FROM pg_foreign_data_wrapper',
    );
    assert.deepEqual(options, [{ o: null }]);
    assert.deepEqual(
      await ask(inside, `SELECT fdwvalidator::regproc::text AS v FROM pg_foreign_data_wrapper ORDER BY 1`),
      [{ v: 'file_fdw_validator' }, { v: 'insists' }, { v: 'postgres_fdw_validator' }],
    );
    for (const table of ['far', '"o""ut"']) await assert.rejects(ask(facts, `SELECT * FROM ${table}`));
    await assert.rejects(ask(inside, 'SELECT * FROM far'), /user mapping not found/);
    await ask(facts, `ALTER FOREIGN TABLE far OPTIONS (SET table_name 'nearer')`);
    await refusedAs('42501', ask(facts, `CREATE USER MAPPING FOR CURRENT_USER SERVER "pro""d\n1"`));
  }));

const refusedAs = (code: string, work: Promise<unknown>) =>
  assert.rejects(work, (error: { code?: string; message?: string }) => {
    assert.equal(error.code, code, String(error.message));
    return true;
  });

test('triggers and functions that reach out do so no more, and rows can still be written', () =>
  withGolden(async ({ golden, branch }) => {
    const trigger = (name: string, call: string, table: string) => [
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${call}; RETURN new; END $$`,
      `CREATE TRIGGER ${name} BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    ];
    await tell(
      golden,
      'CREATE EXTENSION dblink',
      UNTRUSTED,
      'CREATE TABLE orders (id integer)',
      'CREATE TABLE "pa""rted" (id integer) PARTITION BY RANGE (id)',
      'CREATE TABLE part PARTITION OF "pa""rted" FOR VALUES FROM (0) TO (9)',
      `CREATE FUNCTION "te\nll"() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM dblink('host=prod', 'SELECT 1'); END $$`,
      `CREATE FUNCTION shell() RETURNS trigger LANGUAGE plsh AS $$ BEGIN RAISE 'ran a program'; END $$`,
      `CREATE FUNCTION run_command(text) RETURNS text LANGUAGE plsh AS $$ BEGIN RETURN 'ran'; END $$`,
      `CREATE TRIGGER shell AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION shell()`,
      ...trigger('indirectly', 'PERFORM "te\nll"()', 'orders'),
      ...trigger('copies', `EXECUTE 'COPY orders TO PROGRAM ''curl prod'''`, 'orders'),
      ...trigger('posts', `PERFORM net.http_post('https://prod')`, '"pa""rted"'),
      ...trigger('harmless', 'new.id := new.id + 1', 'orders'),
      'ALTER TABLE orders ENABLE ALWAYS TRIGGER copies',
      'CREATE VIEW v AS SELECT * FROM orders',
      'CREATE TRIGGER vt INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION shell()',
      `CREATE FUNCTION slurp(text) RETURNS text LANGUAGE internal STRICT AS 'pg_read_file_all'`,
      `CREATE FUNCTION quick(integer) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'int4abs'`,
      'GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO PUBLIC',
      'GRANT SELECT ON pg_authid TO PUBLIC',
      `CREATE FUNCTION pg_catalog.lend() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text'`,
    );
    const { quarantine, facts, inside } = await branch();
    const lines = flat(quarantine);
    const triggers = lines.filter((line) => line.startsWith('trigger'));
    assert.deepEqual(triggers, [
      'trigger | copies on public.orders | disabled',
      'trigger | indirectly on public.orders | disabled',
      'trigger | posts on public."pa""rted" | disabled',
      'trigger | shell on public.orders | disabled',
      'trigger | vt on public.v | dropped',
    ]);
    for (const line of [
      'function | public.dblink(pg_catalog.text,pg_catalog.text) | revoked',
      'function | public.run_command(pg_catalog.text) | revoked',
      'function | public.slurp(pg_catalog.text) | revoked',
      'function | pg_catalog.pg_ls_dir(pg_catalog.text) | revoked',
      'function | pg_catalog.lend() | revoked',
      'table | pg_catalog.pg_authid | revoked',
    ]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
    }
    await ask(facts, 'INSERT INTO orders VALUES (1)');
    await ask(facts, 'INSERT INTO "pa""rted" VALUES (1)');
    await ask(facts, 'INSERT INTO part VALUES (2)');
    assert.deepEqual(await ask(facts, 'SELECT id, quick(-7) AS seven FROM orders'), [{ id: 2, seven: 7 }]);
    for (const sql of [
      `SELECT dblink('host=prod', 'SELECT 1')`,
      `SELECT dblink_connect('host=prod')`,
      `SELECT run_command('id')`,
      `SELECT slurp('PG_VERSION')`,
      `SELECT pg_ls_dir('.')`,
      'SELECT rolpassword FROM pg_authid',
      'SELECT pg_catalog.lend()',
      'SELECT "te\nll"()',
      'CREATE TRIGGER again AFTER INSERT ON orders EXECUTE FUNCTION shell()',
    ]) {
      await refusedAs('42501', ask(facts, sql));
    }
    const owners = await ask(
      inside,
      `SELECT proname::text, pg_get_userbyid(proowner)::text AS owner FROM pg_proc WHERE proname IN ('shell', 'quick', 'run_command') ORDER BY 1`,
    );
    assert.deepEqual(
      owners.map(({ owner }) => owner),
      ['postgres', 'postgres', 'postgres'],
    );
  }));

test('an extension that speaks to the network is known by its name, also where nobody can install it here', () =>
  withGolden(async ({ golden, branch }) => {
    await tell(
      golden,
      'CREATE SCHEMA net',
      `CREATE FUNCTION net.http_get(url text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT url'`,
      `CREATE FUNCTION net.urlencode(url text) RETURNS text LANGUAGE sql AS 'SELECT url'`,
    );
    await disguise(golden, 'pg_net', 'FUNCTION net.http_get(text)', 'FUNCTION net.urlencode(text)');
    const { quarantine } = await branch();
    assert.deepEqual(flat(quarantine), ['function | net.http_get(pg_catalog.text) | revoked']);
  }));

test('event triggers sleep, before the first statement of ours could fire one', () =>
  withGolden(async ({ golden, branch }) => {
    await tell(
      golden,
      'CREATE TABLE seen (tag text, who text)',
      `CREATE FUNCTION witness() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (tg_tag, current_user); END $$`,
      'CREATE EVENT TRIGGER "ev""1" ON ddl_command_end EXECUTE FUNCTION witness()',
      'CREATE EVENT TRIGGER always ON ddl_command_start EXECUTE FUNCTION witness()',
      'ALTER EVENT TRIGGER always ENABLE ALWAYS',
      'CREATE EVENT TRIGGER off ON ddl_command_end EXECUTE FUNCTION witness()',
      'ALTER EVENT TRIGGER off DISABLE',
    );
    const [{ version } = {}] = await ask(
      golden,
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    const login = Number(version) >= 170000;
    if (login) {
      await tell(
        golden,
        'CREATE EVENT TRIGGER signed_in ON login EXECUTE FUNCTION witness()',
        'ALTER EVENT TRIGGER signed_in ENABLE ALWAYS',
      );
    }
    await ask(golden, 'TRUNCATE seen');
    const { quarantine, facts, inside } = await branch();
    assert.deepEqual(
      flat(quarantine),
      [
        'event trigger | always | disabled',
        'event trigger | "ev""1" | disabled',
        ...(login ? ['event trigger | signed_in | disabled'] : []),
      ].sort(),
    );
    await ask(facts, 'CREATE TABLE more ()');
    assert.deepEqual(await ask(facts, 'SELECT * FROM seen'), []);
    assert.deepEqual(
      await ask(
        inside,
        `SELECT FROM pg_db_role_setting s, unnest(setconfig) c WHERE c LIKE 'event_triggers%'`,
      ),
      [],
    );
  }));

const CRON = [
  'CREATE SCHEMA cron',
  'CREATE TABLE cron.job (jobid bigserial, schedule text, command text, active boolean)',
  `INSERT INTO cron.job (schedule, command, active) VALUES ('* * * * *', 'SELECT charge()', true), ('1', 'x', true), ('2', 'y', false)`,
];

test('cron jobs are switched off, and a table that only bears the name is not touched', () =>
  withGolden(async ({ golden, branch }) => {
    await tell(golden, ...CRON, 'ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY');
    await disguise(golden, 'pg_cron', 'TABLE cron.job');
    const { quarantine, inside } = await branch();
    assert.deepEqual(flat(quarantine), ['cron job | "cron"."job" | disabled | 2']);
    assert.deepEqual(
      await ask(inside, 'SELECT count(*)::int AS n, bool_or(active) AS active FROM cron.job'),
      [{ n: 3, active: false }],
    );
  }));

test('a cron.job that belongs to no extension is a table like others', () =>
  withGolden(async ({ golden, branch }) => {
    await tell(golden, ...CRON);
    const { quarantine, facts } = await branch();
    assert.deepEqual(quarantine, []);
    assert.deepEqual(await ask(facts, 'SELECT count(*)::int AS n FROM cron.job WHERE active'), [{ n: 2 }]);
  }));

test('work that waits in a known queue is taken out, and nobody’s code runs for it', () =>
  withGolden(async ({ golden, branch }) => {
    const spy = `CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.spied VALUES (tg_table_name); RETURN NULL; END $$`;
    await tell(
      golden,
      'CREATE TABLE spied (by text)',
      spy,
      `CREATE FUNCTION touches(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / $1; RETURN $1; END $$`,
      'CREATE TABLE oban_jobs (id serial, state text, queue text, worker text, args jsonb, attempt integer, scheduled_at timestamp)',
      'INSERT INTO oban_jobs (state) SELECT $$available$$ FROM generate_series(1, 3)',
      `CREATE INDEX ON oban_jobs (id) WHERE state = 'available'`,
      'CREATE TRIGGER t AFTER TRUNCATE ON oban_jobs EXECUTE FUNCTION spy()',
      'CREATE TRIGGER d AFTER DELETE ON oban_jobs EXECUTE FUNCTION spy()',
      'ALTER TABLE oban_jobs ENABLE ALWAYS TRIGGER t',
      'CREATE TABLE procrastinate_jobs (id bigint PRIMARY KEY, queue_name text, task_name text, args jsonb, status text, scheduled_at timestamp)',
      'CREATE TABLE procrastinate_events (job_id bigint REFERENCES procrastinate_jobs, type text, at timestamp)',
      'INSERT INTO procrastinate_jobs (id) VALUES (1)',
      'INSERT INTO procrastinate_events VALUES (1)',
      'CREATE TABLE que_jobs (priority integer, run_at timestamp, job_class text, args json, error_count integer)',
      'INSERT INTO que_jobs VALUES (1)',
      'CREATE INDEX evil ON que_jobs (touches(priority))',
      'CREATE TABLE delayed_jobs (id serial, mine text)',
      `INSERT INTO delayed_jobs (mine) VALUES ('kept')`,
      'CREATE SCHEMA pgmq',
      'CREATE TABLE pgmq.q_mail (msg_id bigserial, read_ct integer, enqueued_at timestamp, vt timestamp, message jsonb)',
      `INSERT INTO pgmq.q_mail (message) VALUES ('{}')`,
      'CREATE TABLE messenger_messages (id serial, body text, headers text, queue_name text, available_at timestamp, delivered_at timestamp)',
    );
    const { quarantine, facts, inside } = await branch();
    assert.deepEqual(flat(quarantine), [
      'queue | "pgmq"."q_mail" | emptied | 1',
      'queue | "public"."oban_jobs" | emptied | 3',
      'queue | "public"."procrastinate_events" | emptied | 1',
      'queue | "public"."procrastinate_jobs" | emptied | 1',
      'queue | "public"."que_jobs" | emptied',
    ]);
    for (const table of [
      'oban_jobs',
      'procrastinate_jobs',
      'procrastinate_events',
      'que_jobs',
      'pgmq.q_mail',
      'spied',
    ]) {
      assert.deepEqual(await ask(facts, `SELECT FROM ${table}`), [], table);
    }
    assert.deepEqual(await ask(facts, 'SELECT mine FROM delayed_jobs'), [{ mine: 'kept' }]);
    assert.deepEqual(
      await ask(
        inside,
        `SELECT tgenabled::text AS e FROM pg_trigger WHERE tgname IN ('t', 'd') ORDER BY tgname`,
      ),
      [{ e: 'O' }, { e: 'A' }],
    );
  }));

test('tables that the policy names are emptied with their partitions', () =>
  withGolden(
    async ({ golden, branch, said }) => {
      await tell(
        golden,
        'CREATE SCHEMA "Ap""p"',
        'CREATE TABLE "Ap""p"."out\nbox" (id integer) PARTITION BY RANGE (id)',
        'CREATE TABLE first PARTITION OF "Ap""p"."out\nbox" FOR VALUES FROM (0) TO (9)',
        'CREATE TABLE rest PARTITION OF "Ap""p"."out\nbox" DEFAULT',
        'INSERT INTO "Ap""p"."out\nbox" VALUES (1), (2), (77)',
        'CREATE TABLE "Mixed" (id integer)',
        'INSERT INTO "Mixed" VALUES (1)',
        'CREATE TABLE bare (id integer)',
        'CREATE TABLE kept (id integer)',
        'INSERT INTO kept VALUES (1)',
      );
      const { quarantine, facts } = await branch();
      assert.deepEqual(flat(quarantine), [
        'table | "Ap""p"."out\nbox" | emptied | 3',
        'table | "public"."Mixed" | emptied | 1',
        'table | "public"."bare" | emptied | 0',
      ]);
      assert.deepEqual(await ask(facts, 'SELECT FROM "Ap""p"."out\nbox"'), []);
      assert.deepEqual(await ask(facts, 'SELECT id FROM kept'), [{ id: 1 }]);
      assert.deepEqual(
        said.filter((text) => text.includes('policy')),
        ['The table public.absent, which the policy wants emptied on every branch, is not in this one.'],
      );
    },
    ['Ap"p.out\nbox', '"public"."Mixed"', 'public.bare', 'public.absent'],
  ));

test('a table that another refers to is not emptied by half, nor the other with it', () =>
  withGolden(
    async ({ golden, branch, subject }) => {
      await tell(
        golden,
        'CREATE TABLE outbox (id integer PRIMARY KEY)',
        'CREATE TABLE sent (outbox integer REFERENCES outbox)',
        'INSERT INTO outbox VALUES (1)',
      );
      await assert.rejects(branch(), (error: Error & { hint?: string }) => {
        assert.match(error.message, /public\.outbox must be empty .* because public\.sent refers to it/);
        assert.match(error.hint ?? '', /Name public\.sent in branch\.quarantine\.tables as well/);
        return true;
      });
      assert.deepEqual((await subject.provider.list(subject.repositoryId)).branches, []);
    },
    ['public.outbox'],
  ));

test('a view cannot be emptied, and that is said', () =>
  withGolden(
    async ({ golden, branch }) => {
      await tell(golden, 'CREATE VIEW outbox AS SELECT 1 AS id');
      await refused(
        branch(),
        /"public"\."outbox", which the policy wants emptied on every branch, is a view/,
      );
    },
    ['public.outbox'],
  ));

test('a subscription that came to be in the copy is dropped before anybody is let in', () =>
  withSubject(async (subject) => {
    const name = `pullgres_direct_${subject.repositoryId}`;
    await subject.plant(name, undefined);
    const inside = { ...admin, database: name };
    await ask(
      inside,
      `CREATE SUBSCRIPTION "s 1" CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false)`,
    );
    await ask(admin, `CREATE ROLE ${identifier(roleNames(name).group)}`);
    const said: string[] = [];
    const server = {
      facts: admin,
      now: () => new Date(),
      onProgress: (text: string) => void said.push(text),
      signal: undefined,
      lockWaitMs: 10_000,
      buildWaitMs: 1_000,
      holdWaitMs: 1_000,
      limits: { connections: 1, statementTimeoutMs: 0, idleTransactionMs: 0, idleSessionMs: 0 },
      quarantine: { tables: [] },
    };
    const found = await asAdmin(server, (session) => isolate(server, session, name, roleNames(name)));
    assert.deepEqual(flat(found), ['subscription | "s 1" | dropped']);
    assert.match(said.join('\n'), /slot s 1 stays on the publisher/);
    assert.deepEqual(await ask(admin, 'SELECT FROM pg_subscription'), []);
  }));

test('reset puts the new copy into quarantine as well, and the baseline stays as it was', () =>
  withGolden(async ({ golden, branch, subject }) => {
    await tell(
      golden,
      'CREATE EXTENSION postgres_fdw',
      `CREATE SERVER prod FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'prod.internal')`,
      `CREATE USER MAPPING FOR PUBLIC SERVER prod OPTIONS (user 'app', password 'hunter2')`,
    );
    const { quarantine } = await branch();
    const found = await subject.provider.find(pull(subject, 1));
    assert.ok(found);
    const { making } = await subject.provider.reset(found, found.labels.baselineId);
    assert.deepEqual(making.quarantine, quarantine);
    await ask(admin, `ALTER DATABASE ${identifier(golden.database)} ALLOW_CONNECTIONS true`);
    assert.deepEqual(
      await ask(
        golden,
        'SELECT srvoptions::text AS o, umoptions::text AS u FROM pg_user_mappings JOIN pg_foreign_server s ON s.oid = srvid',
      ),
      [{ o: '{host=prod.internal}', u: '{user=app,password=hunter2}' }],
    );
  }));
