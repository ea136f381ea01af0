import type { Evidence, LintRecord } from '../../src/evidence/schema.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf, testsOf } from './evidence.ts';

const FIRST = 'db/migrations/0007_index_orders.sql';
const SECOND = 'db/migrations/0008_require_phone.sql';
const INDEX_SQL = 'CREATE INDEX orders_customer_idx ON orders (customer_id)';
const SAFE_INDEX_SQL = 'CREATE INDEX CONCURRENTLY orders_customer_idx ON orders (customer_id)';
const NOT_NULL_SQL = 'ALTER TABLE customers\n  ALTER COLUMN phone SET NOT NULL';

const indexPlace = placeOf(FIRST, 3, INDEX_SQL, 60);
const notNullPlace = placeOf(SECOND, 1, NOT_NULL_SQL);

const migrations = {
  tool: 'sql',
  directory: 'db/migrations',
  added: [FIRST, SECOND],
  altered: [],
  base: 6,
};

const branch: NonNullable<Evidence['branch']> = {
  name: 'pullgres_42_pr_7',
  id: 'pullgres_42_pr_7',
  provider: 'postgres',
  created: true,
  lifetime: 'pull request',
  createdAt: '2026-11-21T09:00:02Z',
  expiresAt: '2026-12-05T09:00:02Z',
  baseline: { id: 'b1', kind: 'synthetic', createdAt: '2026-11-21T05:40:00Z' },
  postgresVersion: 18,
  durationMs: 812,
};

const indexFinding = findingOf({
  place: indexPlace,
  message: 'While the index is built, nobody can write to `public.orders`.',
  help: 'Build it with `CREATE INDEX CONCURRENTLY`, in a migration that runs outside a transaction.',
  fix: [
    { startByte: 60 + 'CREATE INDEX'.length, endByte: 60 + 'CREATE INDEX'.length, text: ' CONCURRENTLY' },
  ],
});
const notNullFinding = findingOf({
  rule: 'set-not-null-scan',
  severity: 'warning',
  place: notNullPlace,
  relation: 'public.customers',
  message: 'All of `public.customers` is read while nobody can read or write it.',
  help: 'Add `CHECK (phone IS NOT NULL) NOT VALID`, validate it in a later migration, then set NOT NULL.',
});

const indexStatement = statementOf({
  place: indexPlace,
  sql: INDEX_SQL,
  effects: [
    {
      relation: 'public.orders',
      kind: 'table',
      lock: 'ShareLock',
      rewrite: false,
      scan: true,
      builds: 'public.orders_customer_idx',
      dataLoss: false,
      why: 'builds an index',
    },
  ],
});
const notNullStatement = statementOf({
  place: notNullPlace,
  sql: NOT_NULL_SQL,
  kind: 'AlterTableStmt',
  effects: [
    {
      relation: 'public.customers',
      kind: 'table',
      lock: 'AccessExclusiveLock',
      rewrite: false,
      scan: true,
      dataLoss: false,
      why: 'looks for NULLs',
    },
  ],
});

const lint = (changes: Partial<LintRecord>): LintRecord =>
  lintOf({ files: [FIRST, SECOND], statements: [indexStatement, notNullStatement], ...changes });

const rehearsal: NonNullable<Evidence['rehearsal']> = {
  status: 'passed',
  findings: [{ ...indexFinding, evidence: 'observed' }],
  contention: {
    status: 'measured',
    tables: [
      {
        relation: 'public.orders',
        reads: 402,
        writes: 31,
        longestReadMs: 3.1,
        longestWriteMs: 4098,
        place: indexPlace,
        queuedReads: 0,
        queuedWrites: 12_300,
      },
    ],
  },
  scale: {
    source: 'manifest of 2026-11-20',
    estimates: [
      {
        place: indexPlace,
        relation: 'public.orders',
        driver: 'rows',
        share: 0.1,
        measuredMs: 4101.7,
        lowMs: 41_000,
        highMs: 62_000,
        queuedWrites: 123_000,
        words:
          'The branch holds 10 % of `public.orders`: 4.1 s here, 41 s to 1 min 2 s there; about 123,000 writes would queue.',
      },
    ],
  },
  deploy: {
    tables: [{ relation: 'public.orders', mode: 'ShareLock', heldMs: 4108.2 }],
    advice: ['Set `lock_timeout` to 2 s, so that nobody queues behind a lock that is not granted.'],
    lockTimeoutMs: 2000,
  },
  schema: [
    {
      change: 'created',
      kind: 'index',
      name: 'public.orders_customer_idx',
      removed: [],
      added: ['CREATE INDEX orders_customer_idx ON public.orders USING btree (customer_id)'],
    },
  ],
  migrations: [
    {
      version: '0007',
      file: FIRST,
      outcome: 'applied',
      durationMs: 4212.4,
      statements: [
        observedOf({
          place: indexPlace,
          sql: INDEX_SQL,
          durationMs: 4101.7,
          from: 4.1,
          locks: [{ relation: 'public.orders', mode: 'ShareLock', heldMs: 4108.2, from: 4.1, to: 4112.3 }],
          agreement: { status: 'agrees', missing: [], unexpected: [] },
          builds: ['public.orders_customer_idx'],
        }),
      ],
    },
    {
      version: '0008',
      file: SECOND,
      outcome: 'applied',
      durationMs: 412,
      statements: [
        observedOf({
          place: notNullPlace,
          sql: NOT_NULL_SQL,
          durationMs: 398.4,
          from: 0.9,
          locks: [
            {
              relation: 'public.customers',
              mode: 'AccessExclusiveLock',
              heldMs: 409.9,
              from: 0.9,
              to: 410.8,
            },
          ],
          scans: ['public.customers'],
        }),
      ],
    },
  ],
};

const safePlace = placeOf(FIRST, 3, SAFE_INDEX_SQL, 60);
const safeStatement = statementOf({
  place: safePlace,
  sql: SAFE_INDEX_SQL,
  effects: indexStatement.effects.map((effect) => ({ ...effect, lock: 'ShareUpdateExclusiveLock' as const })),
});
const passing: Parameters<typeof judged>[0] = {
  migrations: { ...migrations, added: [FIRST] },
  branch,
  lint: lintOf({ files: [FIRST], statements: [safeStatement] }),
  rehearsal: {
    status: 'passed',
    findings: [],
    migrations: [
      {
        version: '0007',
        file: FIRST,
        outcome: 'applied',
        durationMs: 5123,
        statements: [
          observedOf({
            place: safePlace,
            sql: SAFE_INDEX_SQL,
            durationMs: 5090,
            locks: [{ relation: 'public.orders', mode: 'ShareUpdateExclusiveLock', heldMs: 5088 }],
            builds: ['public.orders_customer_idx'],
            sampled: true,
          }),
        ],
      },
    ],
  },
  tests: testsOf({
    exitCode: 0,
    durationMs: 41_200,
    counts: { passed: 128, failed: 0, errored: 0, skipped: 3 },
  }),
};

const base = judged().policy;

/** Typical runs, one for each kind of comment that people meet. */
const editedFinding = findingOf({
  rule: 'edited-migration',
  place: placeOf('db/migrations/0003_customers.sql', 1, 'CREATE TABLE customers (id bigint);'),
  relation: undefined,
  message:
    '`db/migrations/0003_customers.sql` is already merged and was edited here; databases that have applied it will not see the change, so they differ from new ones.',
  help: 'Bring the file back as it was, and write the change as a new migration.',
});

export const SCENARIOS: Readonly<Record<string, Evidence>> = {
  pass: judged(passing),
  fail: judged({
    migrations,
    branch,
    lint: lint({ status: 'failed', findings: [indexFinding, notNullFinding] }),
    rehearsal,
  }),
  warn: judged({
    migrations: { ...migrations, added: [SECOND] },
    branch: { ...branch, baseline: { ...branch.baseline, kind: 'schema' } },
    policy: { ...base, editedHere: true },
    lint: lintOf({
      files: [SECOND],
      statements: [
        notNullStatement,
        statementOf({
          place: placeOf(SECOND, 5, 'X', 90),
          seen: false,
          sql: 'SECURITY LABEL ON TABLE orders IS NULL',
        }),
      ],
      findings: [notNullFinding],
      accepted: [
        {
          finding: findingOf({
            rule: 'drop-column',
            place: placeOf(SECOND, 9, 'X', 200),
            relation: 'public.orders',
          }),
          reason: 'The column was never released; nothing reads it.',
          owner: '@acme/data',
          until: '2027-01-31',
          source: 'policy',
        },
      ],
    }),
    rehearsal: { ...rehearsal, findings: [], migrations: rehearsal.migrations.slice(1) },
  }),
  unproven: judged({
    migrations,
    lint: lint({ findings: [] }),
    rehearsal: {
      status: 'unproven',
      reason: 'the server at the secret `server-url` refused the password for role pullgres',
      migrations: [],
      findings: [],
    },
  }),
  'tests-failed': judged({
    ...passing,
    policy: { ...base, required: ['lint', 'rehearsal', 'tests'] },
    tests: testsOf({
      status: 'failed',
      exitCode: 1,
      durationMs: 95_000,
      counts: { passed: 126, failed: 2, errored: 0, skipped: 0 },
      failures: [
        {
          name: 'orders › total is never negative',
          message: 'expected 0, got -12',
          file: 'test/orders.test.ts',
          line: 41,
        },
        {
          name: 'customers › phone is required',
          message: 'null value in column "phone" of relation "customers" violates not-null constraint',
        },
      ],
    }),
  }),
  'migration-failed': judged({
    migrations: { ...migrations, altered: [{ file: 'db/migrations/0003_customers.sql', change: 'edited' }] },
    branch: { ...branch, created: false, resetReason: 'the pull request’s migrations were rewritten' },
    lint: lint({ status: 'failed', findings: [editedFinding] }),
    rehearsal: {
      status: 'failed',
      findings: [],
      migrations: [
        rehearsal.migrations[0] as (typeof rehearsal.migrations)[number],
        {
          version: '0008',
          file: SECOND,
          outcome: 'failed',
          durationMs: 402,
          statements: [],
          problem: {
            file: SECOND,
            line: 2,
            column: 3,
            message: 'column "phone" of relation "customers" contains null values',
            hint: 'Fill the empty values in an earlier migration.',
            code: '23502',
          },
        },
      ],
    },
  }),
  teardown: judged({
    lint: undefined,
    rehearsal: undefined,
    teardown: { branch: 'pullgres_42_pr_7', removed: true, at: '2026-11-22T16:20:31Z' },
  }),
  'merge-group': judged({
    ...passing,
    subject: {
      kind: 'merge-group',
      repository: 'acme/shop',
      repositoryId: 42,
      headSha: '8c1f0e2b7d3a4f5e6c7b8a9d0e1f2a3b4c5d6e7f',
      baseSha: '1111111111111111111111111111111111111111',
    },
    branch: { ...branch, lifetime: 'job', name: 'pullgres_42_mg_8c1f0e2' },
  }),
  'nothing-new': judged({ migrations: { ...migrations, added: [] }, branch: undefined }),
};
