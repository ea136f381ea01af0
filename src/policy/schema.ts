import * as z from 'zod';
import { SEVERITIES } from '../rules/rule.ts';
import { LOCK_MODES, POSTGRES_VERSIONS } from '../sql/effect.ts';

// zod compiles a function for every kind of object that it reads, which takes longer than to read one policy.
z.config({ jitless: true });

/** Where the policy stands in the repository; read from the base branch on a pull request. */
export const POLICY_PATH = '.github/pullgres.yml';

const DURATION_ADVICE = 'write a number and a unit: 500ms, 30s, 10m, 72h or 14d';
const duration = z.string(DURATION_ADVICE).regex(/^[1-9][0-9]{0,5}(ms|s|m|h|d)$/, DURATION_ADVICE);

const SIZE_ADVICE = 'write a number and a unit: 500kB, 64MB or 2GB';
const size = z.string(SIZE_ADVICE).regex(/^[1-9][0-9]{0,5}(kB|MB|GB|TB)$/, SIZE_ADVICE);

/** Repository-relative, forward slashes, no way out. */
const path = z
  .string()
  .min(1)
  .max(1024)
  .refine((text) => !text.startsWith('/') && !text.split('/').includes('..') && !/[\0\\]/.test(text), {
    message: 'write a path inside the repository, with forward slashes',
  });

const day = z.iso.date('write a date: 2027-01-31');

/** What every exception must say, wherever it stands. */
export const exceptionFacts = z.strictObject({
  reason: z.string().min(10, 'say why, in at least 10 characters').describe('Why the risk is accepted.'),
  owner: z.string().min(1, 'say who answers for it').describe('Who answers for it.'),
  until: day.describe('Last day on which the exception holds.'),
});

/** What `migrations.tool` may say: the tools whose files are read (src/migrations/registry.ts), or auto. */
export const MIGRATION_TOOLS = [
  'auto',
  'sql',
  'dbmate',
  'prisma',
  'flyway',
  'goose',
  'golang-migrate',
  'sql-migrate',
  'sqlx',
  'diesel',
  'node-pg-migrate',
  'graphile-migrate',
  'drizzle',
  'supabase',
  'sqitch',
  'liquibase',
  'atlas',
  'hasura',
] as const;

const drillSection = z.strictObject({
  'max-backup-age': duration
    .optional()
    .describe('A dump or backup that was made longer ago is refused before anything is restored.'),
  'max-restore-time': duration
    .optional()
    .describe('Longest time from the first byte fetched to the first answered query, verification aside.'),
  'time-budget': duration
    .default('1h')
    .describe('Time for the checks of the restored data; what does not fit is skipped, and said to be.'),
  'time-zone': z
    .string()
    .min(1)
    .max(60)
    .default('UTC')
    .describe(
      'Time zone of the machine that runs pg_dump, such as Europe/Berlin: a dump’s header has its local time only.',
    ),
  'max-row-loss': z
    .number()
    .min(0)
    .max(100)
    .default(20)
    .describe('Percent of a table’s rows that may be missing against the previous baseline’s manifest.'),
  freshness: z
    .array(
      z.strictObject({
        column: z
          .string()
          .max(300)
          .regex(/^[^.\0]+\.[^.\0]+\.[^.\0]+$/, 'write schema.table.column')
          .describe('A column of times that new rows set, as schema.table.column.'),
        within: duration.describe('Its newest value must be no older.'),
      }),
    )
    .max(50)
    .default([])
    .describe('Columns that tell how recent the restored data are.'),
  assertions: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200).describe('What must hold, for people.'),
        sql: z.string().min(1).max(20_000).describe('One query; it runs read-only.'),
        expect: z
          .union([
            z.enum(['none', 'some']),
            z.strictObject({ 'at-least': z.number().describe('The smallest number that is right.') }),
            z.strictObject({
              between: z.array(z.number()).length(2).describe('The smallest and the largest number.'),
            }),
          ])
          .describe(
            'none: no row. some: at least one row. at-least and between: bounds, included, of the one number that the query gives.',
          ),
        timeout: duration.default('1m').describe('Longest time for the query.'),
      }),
    )
    .max(200)
    .default([])
    .describe('The team’s own checks of the restored data.'),
  issue: z
    .enum(['never', 'on-failure'])
    .default('never')
    .describe(
      'Whether a failed drill opens an issue, or updates the one that is open (needs issues: write).',
    ),
});

/** `.github/pullgres.yml`. Every key may be left out; unknown keys are refused. */
export const policySchema = z.strictObject({
  version: z.literal(1).default(1).describe('The format of this file.'),
  migrations: z
    .strictObject({
      tool: z.enum(MIGRATION_TOOLS).default('auto').describe('The migration tool; auto looks for its files.'),
      directory: path.optional().describe('Where the migrations stand; found when left out.'),
    })
    .prefault({})
    .describe('The migrations of this repository.'),
  postgres: z
    .union(POSTGRES_VERSIONS.map((version) => z.literal(version)))
    .optional()
    .describe('Major version of production; the branch server’s own when left out.'),
  'fail-on': z
    .enum(['error', 'warning', 'never'])
    .default('error')
    .describe('The weakest finding that fails the check.'),
  required: z
    .array(z.enum(['lint', 'rehearsal', 'tests']))
    .default(['lint', 'rehearsal'])
    .describe(
      'Checks that must be proved; one that could not run makes the verdict unproven, which does not pass.',
    ),
  rules: z
    .record(z.string(), z.enum(['off', ...SEVERITIES]))
    .default({})
    .describe('Severity by rule.'),
  exceptions: z
    .array(
      z.strictObject({
        rule: z.string().describe('The rule that is waived.'),
        path: path.optional().describe('Only for files below this path.'),
        ...exceptionFacts.shape,
      }),
    )
    .default([])
    .describe('Accepted risks.'),
  'exceptions-in-files': z
    .boolean()
    .default(true)
    .describe(
      'Whether a migration may carry its own exceptions, as comments. They are always listed, and the verdict is then at best a warning.',
    ),
  'small-table': z
    .strictObject({
      rows: z.int().nonnegative().optional().describe('Most rows of a small table.'),
      bytes: z.int().nonnegative().optional().describe('Most bytes of a small table, indexes included.'),
    })
    .refine(({ rows, bytes }) => rows !== undefined || bytes !== undefined, 'say rows, bytes or both')
    .optional()
    .describe(
      'Work on tables that are known to be no larger than this is only a notice. Left out, no table counts as small; a table of unknown size never does.',
    ),
  rehearsal: z
    .strictObject({
      'statement-timeout': duration.default('10m').describe('Longest time for one statement.'),
      'lock-timeout': duration.default('5s').describe('Longest wait for one lock.'),
      contention: z
        .enum(['auto', 'off'])
        .default('auto')
        .describe(
          'Whether readers and writers go on beside the migrations, so that their waiting is measured.',
        ),
      'idle-transaction': duration
        .optional()
        .describe(
          'Holds a transaction open beside the migrations for so long, as a forgotten session would.',
        ),
      down: z
        .enum(['off', 'try', 'required'])
        .default('try')
        .describe(
          'Whether down migrations are tried (up, down, up), and whether each migration must have one.',
        ),
      command: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Shell command that applies the migrations, for tools whose migrations are code; it is watched through DATABASE_URL.',
        ),
      'command-timeout': duration.default('1h').describe('Longest time for that command as a whole.'),
      production: path
        .optional()
        .describe('JSON file with the sizes and rates of production’s tables (docs/production-manifest.md).'),
    })
    .prefault({})
    .describe('The rehearsal and its limits.'),
  masking: z
    .strictObject({
      profile: path
        .default('.github/masking.yml')
        .describe(
          'The masking profile (docs/masking.md); a migration that adds a column is held against it.',
        ),
      'public-keys': z
        .array(z.string().min(40).max(200))
        .default([])
        .describe(
          'Ed25519 public keys in base64, as `pullgres mask key` prints them. Branches are made only from masked baselines that one of them signed.',
        ),
      'max-age': duration
        .default('7d')
        .describe('Branches are refused from a masked baseline whose source was read longer ago.'),
      keep: z.int().min(1).max(50).default(3).describe('Versions of a masked baseline that are kept.'),
    })
    .prefault({})
    .describe('Masked baselines: how they are made, and which are trusted.'),
  drill: drillSection
    .prefault({})
    .describe('The restore drill: what a refresh from a dump or a backup must prove on the way.'),
  budgets: z
    .strictObject({
      locks: z
        .partialRecord(z.enum(LOCK_MODES), duration)
        .default({})
        .describe(
          'Longest time for which a lock of this mode or a stronger one may be held on a table that existed before.',
        ),
      tables: z
        .record(z.string(), duration)
        .default({})
        .describe('Longest time for which writes to this table may be blocked.'),
      wal: size.optional().describe('Most WAL that the migrations may write together.'),
      total: duration.optional().describe('Longest time that the migrations may take together.'),
    })
    .optional()
    .describe('What the rehearsal may measure at most; more fails the check.'),
  tests: z
    .strictObject({
      command: z
        .string()
        .min(1)
        .optional()
        .describe('Shell command run with DATABASE_URL and PG* set to the branch.'),
      junit: path.optional().describe('JUnit XML file that the command writes.'),
      timeout: duration.default('30m').describe('Longest time for the command.'),
      shards: z
        .int()
        .min(1)
        .max(64)
        .default(1)
        .describe(
          'Copies of the migrated branch on which the command runs, each with PULLGRES_SHARD_INDEX and PULLGRES_SHARD_COUNT; 1 runs it on the branch itself.',
        ),
      'old-code': z
        .boolean()
        .default(false)
        .describe(
          'Whether the base commit’s own tests run on the migrated schema too, which tells whether the running version survives the deploy.',
        ),
      'old-code-setup': z
        .string()
        .min(1)
        .optional()
        .describe('Shell command that prepares the base commit’s checkout for its tests, such as npm ci.'),
    })
    .prefault({})
    .describe('The team’s own tests.'),
  comment: z
    .enum(['always', 'changes', 'problems', 'never'])
    .default('changes')
    .describe(
      'When to comment on the pull request: always, when migrations change, on problems only, never.',
    ),
  branch: z
    .strictObject({
      'idle-ttl': duration.default('72h').describe('A branch without a push for so long is stale.'),
      'absolute-ttl': duration.default('14d').describe('No branch is older.'),
      quota: z
        .strictObject({
          repository: z.int().positive().default(100).describe('Most branches of this repository.'),
          author: z.int().positive().default(20).describe('Most branches of one author in this repository.'),
          total: z.int().positive().default(300).describe('Most branches on the server.'),
          bytes: size
            .optional()
            .describe('Most bytes of all branches on the server together, as Postgres counts them.'),
        })
        .prefault({})
        .describe('A branch that would exceed one of these is refused, once stale branches have been swept.'),
      connections: z.int().min(1).max(10_000).default(50).describe('Most connections to one branch.'),
      'statement-timeout': duration
        .optional()
        .describe('Longest time for one statement on a branch; none when left out.'),
      'idle-transaction-timeout': duration
        .default('10m')
        .describe('A session on a branch that sits in a transaction for so long is ended.'),
      'idle-session-timeout': duration
        .optional()
        .describe('A session on a branch that does nothing for so long is ended (Postgres 14 or newer).'),
      quarantine: z
        .strictObject({
          tables: z
            .array(
              z
                .string()
                .max(200)
                .regex(/^[^.\0]+\.[^.\0]+$/, 'write schema.table'),
            )
            .max(200)
            .default([])
            .describe('Outbox and queue tables that are emptied on every branch, as schema.table.'),
        })
        .prefault({})
        .describe(
          'What is made harmless on every branch beyond what always is: user mappings, foreign servers, subscriptions, cron jobs, event triggers.',
        ),
    })
    .prefault({})
    .describe('Life of a branch.'),
});

export type Policy = z.infer<typeof policySchema>;
export type DrillPolicy = Policy['drill'];
