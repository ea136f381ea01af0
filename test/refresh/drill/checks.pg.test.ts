import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import type { DrillLimits } from '../../../src/refresh/drill/limits.ts';
import { runChecks } from '../../../src/refresh/drill/run-checks.ts';
import { createSteps, type Step } from '../../../src/refresh/drill/steps.ts';
import { freshDatabase } from '../../support/postgres.ts';

const NOW = new Date('2026-11-21T12:00:00Z');

const SHOP = `
  create table customers (id bigint generated always as identity primary key, email text not null unique,
    created_at timestamptz not null);
  create table orders (id serial primary key, customer_id bigint references customers, total numeric check (total >= 0),
    placed timestamp not null default '2026-11-21 11:00');
  insert into customers (email, created_at)
    select 'person' || n || '@example.com', timestamptz '2026-11-21 10:00Z' - n * interval '1 hour'
    from generate_series(0, 99) n;
  insert into orders (customer_id, total) select 1 + n % 100, n from generate_series(1, 300) n;
`;

const LIMITS: DrillLimits = {
  budgetMs: 600_000,
  timeZone: 'UTC',
  maxRowLoss: 20,
  freshness: [],
  assertions: [],
};

type Asked = { readonly steps: readonly Step[]; readonly newestMs: number | undefined };

async function shop(more = ''): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await connection.script(`${SHOP}${more}`);
  } finally {
    await connection.close();
  }
  return facts;
}

async function drill(
  facts: ConnectionFacts,
  changes: Partial<DrillLimits> = {},
  more: Partial<Parameters<typeof runChecks>[0]> = {},
): Promise<Asked> {
  const clock = () => performance.now();
  const steps = createSteps({ clock });
  const limits = { ...LIMITS, ...changes };
  const { newestMs } = await runChecks({
    steps,
    facts,
    limits,
    now: NOW,
    previous: undefined,
    source: 'physical',
    clock,
    ...more,
  });
  return { steps: steps.list(), newestMs };
}

const of = ({ steps }: Asked, name: string): Pick<Step, 'status' | 'summary'> => {
  const step = steps.find((each) => each.name === name);
  assert.ok(step, `no step ${name}`);
  return { status: step.status, summary: step.summary };
};

async function onDatabase<T>(
  facts: ConnectionFacts,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

test('a sound database passes, and nothing of the drill stays in it', async () => {
  const facts = await shop();
  const asked = await drill(facts);
  assert.deepEqual(
    asked.steps.filter(({ status }) => status === 'failed'),
    [],
  );
  for (const name of [
    'invalid indexes',
    'sequences ahead',
    'orphan rows',
    'unvalidated constraints',
    'analyze',
  ]) {
    assert.equal(of(asked, name).status, 'passed', name);
  }
  assert.match(of(asked, 'orphan rows').summary, /1 foreign key\b/);
  assert.match(of(asked, 'sequences ahead').summary, /2 sequences/);
  assert.equal(of(asked, 'completeness').status, 'skipped');
  const left = await onDatabase(facts, ({ query }) =>
    query(
      "select nspname from pg_namespace where nspname = 'pullgres_drill' union all select extname from pg_extension where extname = 'amcheck'",
    ),
  );
  assert.deepEqual(left.rows, []);
});

/** Each harm is done after the shop is filled; one step, and no other, sees it. */
const HARMS: readonly { what: string; sql: string; step: string; says: RegExp }[] = [
  {
    what: 'an orphan behind the constraint’s back',
    sql: `set session_replication_role = replica; insert into orders (customer_id, total) values (4711, 1), (4712, 1);`,
    step: 'orphan rows',
    says: /`public\.orders: orders_customer_id_fkey \(2 rows\)`/,
  },
  {
    what: 'half a composite key under MATCH FULL',
    sql: `create table pairs (a int, b int, primary key (a, b));
      create table halves (a int, b int, foreign key (a, b) references pairs match full);
      set session_replication_role = replica; insert into halves values (1, null);`,
    step: 'orphan rows',
    says: /`public\.halves: halves_a_b_fkey \(1 row\)`/,
  },
  {
    what: 'a sequence behind its column',
    sql: `select setval('orders_id_seq', 3);`,
    step: 'sequences ahead',
    says: /`public\.orders_id_seq`/,
  },
  {
    what: 'a sequence that gives out its column’s last number',
    sql: `select setval('orders_id_seq', 300, false);`,
    step: 'sequences ahead',
    says: /`public\.orders_id_seq`/,
  },
  {
    what: 'an index that is not valid',
    sql: `create index lazy on orders (total); update pg_index set indisvalid = false where indexrelid = 'lazy'::regclass;`,
    step: 'invalid indexes',
    says: /`public\.lazy`/,
  },
  {
    what: 'a row against a constraint that nobody validated',
    sql: `alter table orders add constraint small check (total < 250) not valid;`,
    step: 'unvalidated constraints',
    says: /`public\.orders: small`/,
  },
  {
    what: 'an extension whose version is not here',
    sql: `update pg_extension set extversion = '0.1' where extname = 'plpgsql';`,
    step: 'extensions',
    says: /`plpgsql 0\.1`/,
  },
  {
    what: 'a function of a library that is not here',
    sql: `create function gone() returns int language c as '$libdir/plpgsql', 'plpgsql_validator';
      update pg_proc set probin = '$libdir/nowhere' where proname = 'gone';`,
    step: 'extensions',
    says: /`\$libdir\/nowhere`/,
  },
  {
    what: 'a collation of another version',
    sql: `create collation german (provider = icu, locale = 'de-DE');
      create table words (word text collate german);
      update pg_collation set collversion = '1.2.3' where collname = 'german';`,
    step: 'collation versions',
    says: /`public\.german \(1\.2\.3, here /,
  },
];

for (const { what, sql, step, says } of HARMS) {
  test(`${what} fails the step ${step}, and only that`, async () => {
    const asked = await drill(await shop(sql));
    const failed = asked.steps.filter(({ status }) => status === 'failed');
    assert.deepEqual(
      failed.map(({ name }) => name),
      [step],
    );
    assert.match(of(asked, step).summary, says);
  });
}

test('an index that lacks a row is found where amcheck is', async () => {
  const facts = await shop();
  const amcheck = await onDatabase(facts, async (connection) => {
    // A row that the index never hears of.
    await connection.script(
      `update pg_index set indisready = false where indexrelid = 'customers_email_key'::regclass`,
    );
    await connection.script(`insert into customers (email, created_at) values ('hidden@example.com', now())`);
    await connection.script(
      `update pg_index set indisready = true where indexrelid = 'customers_email_key'::regclass`,
    );
    return (
      (await connection.query("select 1 from pg_available_extensions where name = 'amcheck'")).rows.length > 0
    );
  });
  const asked = await drill(facts);
  if (!amcheck) return assert.equal(of(asked, 'B-tree integrity').status, 'skipped');
  const { status, summary } = of(asked, 'B-tree integrity');
  assert.equal(status, 'failed');
  assert.match(summary, /`public\.customers_email_key \(SQLSTATE XX001\)`/);
  assert.ok(!JSON.stringify(asked).includes('hidden'), 'no value of a row');
});

test('freshness is the age of the newest value, and the newest of all is the recovery point', async () => {
  const within = (column: string, table: string, hours: number) => ({
    schema: 'public',
    table,
    column,
    withinMs: hours * 3_600_000,
  });
  const asked = await drill(await shop('create table empty (at date, infinite timestamptz);'), {
    freshness: [
      within('created_at', 'customers', 3),
      within('placed', 'orders', 3),
      within('created_at', 'customers', 1),
      within('at', 'empty', 1),
      within('email', 'customers', 1),
      within('nowhere', 'customers', 1),
    ],
  });
  const found = asked.steps
    .filter(({ name }) => name.startsWith('freshness'))
    .map(({ status, summary }) => `${status}: ${summary}`);
  assert.deepEqual(found, [
    'passed: The newest value of `public.customers.created_at` is 2 h old (limit: 3 h).',
    'passed: The newest value of `public.orders.placed` is 60 min old (limit: 3 h).',
    'failed: The newest value of `public.customers.created_at` is 2 h old (limit: 60 min).',
    'failed: `public.empty.at` has no value at all.',
    'failed: `public.customers.email` is no time: its type is `text`.',
    'failed: There is no column `public.customers.nowhere`.',
  ]);
  assert.equal(asked.newestMs, 3_600_000);
});

test('the team’s assertions run read-only and show no value', async () => {
  const facts = await shop();
  const assertion = (
    sql: string,
    expect: DrillLimits['assertions'][number]['expect'],
    timeoutMs = 60_000,
  ) => ({
    name: sql,
    sql,
    expect,
    timeoutMs,
  });
  const asked = await drill(facts, {
    assertions: [
      assertion('select 1 from orders where total < 0;', 'none'),
      assertion('select email from customers', 'none'),
      assertion('select email from customers', 'some'),
      assertion('select 1 from orders where total < 0 -- to the end', 'some'),
      assertion('select count(*) from orders', { 'at-least': 300 }),
      assertion('select count(*) from orders', { between: [301, 400] }),
      assertion('select id, email from customers limit 1', { 'at-least': 1 }),
      assertion('select email from customers limit 1', { 'at-least': 1 }),
      assertion('delete from orders', 'none'),
      assertion("select nextval('orders_id_seq')", 'some'),
      assertion('select 1; drop table orders', 'some'),
      assertion('select 1 / (id - id) from customers', 'some'),
      assertion('select pg_sleep(20)', 'some', 100),
    ],
  });
  const found = asked.steps.filter(({ name }) => name.startsWith('assertion')).map(({ status }) => status);
  assert.deepEqual(found, [
    'passed',
    'failed',
    'passed',
    'failed',
    'passed',
    'failed',
    'failed',
    'failed',
    'failed',
    'failed',
    'failed',
    'failed',
    'failed',
  ]);
  assert.match(of(asked, 'assertion: select pg_sleep(20)').summary, /longer than 0\.1 s/);
  assert.ok(!asked.steps.some(({ summary }) => summary.includes('person')));
  const orders = await onDatabase(facts, ({ query }) => query('select count(*)::int as n from orders'));
  assert.deepEqual(orders.rows, [{ n: 300 }]);
});

test('fewer rows than the last baseline had fail, more never do', async () => {
  const previous = {
    version: 1 as const,
    source: 'the shop',
    takenAt: '2026-11-20T00:00:00Z',
    tables: [
      { relation: 'public.customers', rows: 110, bytes: 1, indexBytes: 1 },
      { relation: 'public.orders', rows: 10, bytes: 1, indexBytes: 1 },
    ],
  };
  const facts = await shop();
  assert.equal(of(await drill(facts, {}, { previous }), 'completeness').status, 'passed');
  const strict = of(await drill(facts, { maxRowLoss: 5 }, { previous }), 'completeness');
  assert.deepEqual(strict, {
    status: 'failed',
    summary: 'More than 5 % fewer rows than in the last baseline: `public.customers` (110 → 100 rows).',
  });
  const tables = [...previous.tables, { relation: 'public.gone', rows: 0, bytes: 0, indexBytes: 0 }];
  const gone = of(await drill(facts, {}, { previous: { ...previous, tables } }), 'completeness');
  assert.equal(gone.status, 'failed');
  assert.match(gone.summary, /missing: `public\.gone`/);
});

test('what the budget ends is skipped, never passed', async () => {
  const facts = await shop();
  let now = 0;
  // Each look at the clock takes a second: the budget ends after the first checks.
  const { steps } = await drill(facts, { budgetMs: 20_000 }, { clock: () => (now += 1000) });
  const skipped = steps.filter(({ status }) => status === 'skipped').map(({ name }) => name);
  assert.ok(skipped.includes('heap integrity') && skipped.includes('analyze'), skipped.join());
  assert.equal(steps.find(({ name }) => name === 'extensions')?.status, 'passed');
  assert.deepEqual(
    steps.filter(({ status }) => status === 'failed'),
    [],
  );
});
