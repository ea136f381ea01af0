import type { ToolName } from './registry.ts';
import type { TransactionModel } from './transaction-models.ts';

const ONE_MESSAGE = 'the server runs the one statement of a message outside a transaction';
const IN_FILE = "`SET LOCAL lock_timeout = '2s';` as the first statement of the migration";
const BY_ROLE = '`ALTER ROLE … SET lock_timeout` for the role that migrates';

/** The tools whose files are read. */
export const fileTools = {
  sql: {
    title: 'plain SQL files',
    transaction: 'file',
    sends: 'Each file in a transaction, statement by statement.',
    leaves: {
      by: 'directive',
      directive: '-- pullgres:no-transaction',
      where: 'in its first comment lines',
    },
    timeouts: `${IN_FILE}, or ${BY_ROLE}.`,
    known: 'Pullgres applies them itself.',
  },
  dbmate: {
    title: 'dbmate',
    transaction: 'file',
    sends: 'The up part of each file as one message in a transaction.',
    leaves: {
      by: 'directive',
      directive: '-- migrate:up transaction:false',
      where: 'as the line that begins its up part',
    },
    timeouts: `\`lock_timeout=2000\` among the parameters of DATABASE_URL, or ${IN_FILE}.`,
    known: 'Log of a server under dbmate 2.36.0.',
  },
  prisma: {
    title: 'Prisma Migrate',
    transaction: 'implicit',
    sends:
      'Each migration.sql as one message without BEGIN: several statements are one transaction, one alone is in none.',
    leaves: { by: 'standing alone', because: `Prisma sends the file as one message, and ${ONE_MESSAGE}` },
    timeouts: `${BY_ROLE}, or \`options=-c%20lock_timeout%3D2s\` among the parameters of the URL.`,
    known: 'prisma-engines, schema-engine, flavour/postgres, apply_migration_script.',
  },
  flyway: {
    title: 'Flyway',
    transaction: 'file',
    sends:
      'Each file in a transaction, statement by statement; a file of nothing but statements that Flyway knows to refuse one, without. Both kinds in one file are an error unless `mixed` is set.',
    leaves: {
      by: 'standing alone',
      because:
        'Flyway runs a file of nothing but `CREATE` and `DROP INDEX CONCURRENTLY` without a transaction, and any other with `executeInTransaction=false` in its script configuration (`V2__name.sql.conf`); `flyway.postgresql.transactional.lock=false` keeps its own lock from waiting for the build',
    },
    timeouts: `\`flyway.initSql\`, or ${IN_FILE}.`,
    known:
      'flyway-database-postgresql, PostgreSQLParser.java; documentation, "Script configuration files" and "mixed".',
  },
  goose: {
    title: 'goose',
    transaction: 'file',
    sends:
      'Each file in a transaction, statement by statement; `StatementBegin` to `StatementEnd` is one message.',
    leaves: { by: 'directive', directive: '-- +goose NO TRANSACTION', where: 'at the top of the file' },
    timeouts: `\`lock_timeout=2000\` among the parameters of the connection string, or ${IN_FILE}.`,
    known: 'goose 3, internal/sqlparser/parser.go and migration_sql.go.',
  },
  'golang-migrate': {
    title: 'golang-migrate',
    transaction: 'implicit',
    sends:
      'Each file as one message without BEGIN: several statements are one transaction, one alone is in none. With `x-multi-statement=true` each statement by itself.',
    leaves: {
      by: 'standing alone',
      because: `golang-migrate sends the file as one message, and ${ONE_MESSAGE}`,
    },
    timeouts: '`lock_timeout=2000` and `x-statement-timeout` among the parameters of the URL.',
    known: 'golang-migrate 4, database/postgres/postgres.go, runStatement.',
  },
  'sql-migrate': {
    title: 'sql-migrate',
    transaction: 'file',
    sends: 'Each file in a transaction, statement by statement.',
    leaves: {
      by: 'directive',
      directive: '-- +migrate Up notransaction',
      where: 'as the line that begins its up part',
    },
    timeouts: `${IN_FILE}, or \`lock_timeout=2000\` in the data source of dbconfig.yml.`,
    known: 'sql-migrate 1, sqlparse/sqlparse.go.',
  },
  sqlx: {
    title: 'sqlx',
    transaction: 'file',
    sends: 'Each file as one message in a transaction.',
    leaves: { by: 'directive', directive: '-- no-transaction', where: 'as the very first bytes of the file' },
    timeouts: `\`options[lock_timeout]=2s\` among the parameters of DATABASE_URL, or ${IN_FILE}.`,
    known: 'sqlx 0.8, sqlx-core/src/migrate/source.rs and sqlx-postgres/src/migrate.rs.',
  },
  diesel: {
    title: 'Diesel',
    transaction: 'file',
    sends: 'Each up.sql as one message in a transaction.',
    leaves: {
      by: 'directive',
      directive: 'run_in_transaction = false',
      where: 'in the metadata.toml beside its up.sql',
    },
    timeouts: `PGOPTIONS=\`-c lock_timeout=2s\` for \`diesel migration run\`, or ${IN_FILE}.`,
    known: 'diesel 2, diesel_migrations/src/file_based_migrations.rs; documentation of MigrationMetadata.',
  },
  'node-pg-migrate': {
    title: 'node-pg-migrate',
    transaction: 'file',
    sends:
      'All pending migrations in one transaction, each SQL file as one message; with `--no-single-transaction` each in its own.',
    leaves: {
      by: 'directive',
      directive: 'pgm.noTransaction()',
      where: 'in a migration that is JavaScript, since a SQL file cannot leave the transaction',
    },
    timeouts: `PGOPTIONS=\`-c lock_timeout=2s\`, or ${IN_FILE}.`,
    known: 'Log of a server under node-pg-migrate 9.0.0.',
  },
  'graphile-migrate': {
    title: 'Graphile Migrate',
    transaction: 'file',
    sends: 'Each file as one message in a transaction.',
    includes: /^--![ \t]*include\b.*$/gm,
    leaves: { by: 'directive', directive: '--! no-transaction', where: 'as the first line below its header' },
    timeouts: `${IN_FILE}, or ${BY_ROLE}.`,
    known: 'Log of a server under graphile-migrate 1.4.1.',
  },
  drizzle: {
    title: 'Drizzle',
    transaction: 'file',
    sends:
      'All pending migrations in one transaction; the pieces between `--> statement-breakpoint` are one message each.',
    cutsAt: '--> statement-breakpoint',
    leaves: { by: 'nothing' },
    timeouts: `PGOPTIONS=\`-c lock_timeout=2s\`, or ${IN_FILE}.`,
    known: 'Log of a server under drizzle-orm 0.45.4.',
  },
  supabase: {
    title: 'Supabase CLI',
    transaction: 'file',
    sends:
      'Each file in one transaction, statement by statement; from 2.109 on `CREATE` and `DROP INDEX CONCURRENTLY`, `REINDEX … CONCURRENTLY`, `VACUUM`, `ALTER SYSTEM` and `CLUSTER` by themselves between the others.',
    leaves: {
      by: 'standing alone',
      because:
        'from version 2.109 on the Supabase CLI runs `CREATE` and `DROP INDEX CONCURRENTLY`, `REINDEX … CONCURRENTLY` and `VACUUM` by themselves, and no version does so with `DETACH … CONCURRENTLY`',
    },
    timeouts: `${IN_FILE}, or ${BY_ROLE}.`,
    known: 'supabase/cli, pkg/migration/file.go, pull requests 5671 and 6276.',
  },
  sqitch: {
    title: 'Sqitch',
    transaction: 'none',
    sends: 'Each script by psql, statement by statement: only the BEGIN and COMMIT that stand in it.',
    leaves: {
      by: 'standing alone',
      because: 'a deploy script without BEGIN and COMMIT is in no transaction',
    },
    timeouts: `PGOPTIONS=\`-c lock_timeout=2s\`, or \`SET LOCAL lock_timeout = '2s';\` after the script's BEGIN.`,
    runsPsql: true,
    known: 'Log of a server under Sqitch 1.3.1.',
  },
  liquibase: {
    title: 'Liquibase (formatted SQL)',
    transaction: 'file',
    sends: 'Each changeset in a transaction, statement by statement.',
    leaves: {
      by: 'directive',
      directive: 'runInTransaction:false',
      where: 'on the line of its changeset',
    },
    timeouts: `${IN_FILE} (each changeset), or \`options=-c%20lock_timeout=2s\` in the JDBC URL.`,
    sql: '`liquibase update-sql` for changelogs in XML, YAML and JSON.',
    known: 'docs.liquibase.com, "sql-format".',
  },
  atlas: {
    title: 'Atlas (versioned)',
    transaction: 'file',
    sends: 'Each file in a transaction, statement by statement.',
    leaves: {
      by: 'directive',
      directive: '-- atlas:txmode none',
      where: 'as the first line, with an empty line below it',
    },
    timeouts: `\`options=-c%20lock_timeout%3D2s\` among the parameters of the URL, or ${IN_FILE}.`,
    known: 'Atlas, cmd/atlas/internal/cmdapi/migrate.go, txmodeFor, and sql/migrate/dir.go.',
  },
  hasura: {
    title: 'Hasura',
    transaction: 'file',
    sends: 'Each up.sql as one message in a transaction of the Hasura server (run_sql).',
    leaves: { by: 'nothing' },
    timeouts: `${IN_FILE}, or ${BY_ROLE}.`,
    known: 'hasura/graphql-engine, issue 2939; documentation, "Manage migrations".',
  },
} as const satisfies Record<ToolName, TransactionModel>;
