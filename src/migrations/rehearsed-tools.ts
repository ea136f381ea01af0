import type { ToolName } from './registry.ts';

/** How a tool's migrations are rehearsed without it. */
export type RehearsedTool = {
  /** Where what was applied is noted, as the tool itself notes it; undefined when only the tool can. */
  readonly history: string | undefined;
  /** How it is known that the tool agrees with what a rehearsal wrote. */
  readonly proof: string;
  /** What of a folder is refused, for the tool would do something else with it. */
  readonly refuses: string;
};

const BY_ITSELF = 'nothing';

/** By the tool's name, for docs/migration-tools.md. */
export const rehearsedTools: Readonly<Record<ToolName, RehearsedTool>> = {
  sql: { history: 'public.pullgres_migrations', proof: 'Pullgres applies them itself.', refuses: BY_ITSELF },
  dbmate: { history: 'public.schema_migrations', proof: 'Run of dbmate 2.36.0.', refuses: BY_ITSELF },
  prisma: {
    history: 'public._prisma_migrations',
    proof: 'schema-engine, flavour/postgres.rs.',
    refuses: 'another provider than postgresql',
  },
  flyway: {
    history: 'public.flyway_schema_history',
    proof: "PostgreSQLDatabase.java and ChecksumCalculator.java; the checksum of Flyway's documentation.",
    refuses:
      'callbacks, migrations in code, baseline migrations (`B…`), placeholders, files that need `mixed`',
  },
  goose: {
    history: 'public.goose_db_version',
    proof: 'internal/dialects/postgres.go and provider_run.go.',
    refuses: 'migrations in Go, `ENVSUB ON`',
  },
  'golang-migrate': {
    history: 'public.schema_migrations',
    proof: 'database/postgres/postgres.go.',
    refuses: BY_ITSELF,
  },
  'sql-migrate': {
    history: 'public.gorp_migrations',
    proof: "Run of Debian's sql-migrate (2019-12-13).",
    refuses: BY_ITSELF,
  },
  sqlx: {
    history: 'public._sqlx_migrations',
    proof: 'sqlx-postgres/src/migrate.rs.',
    refuses: BY_ITSELF,
  },
  diesel: {
    history: 'public.__diesel_schema_migrations',
    proof: 'diesel/src/migration, setup_database.',
    refuses: BY_ITSELF,
  },
  'node-pg-migrate': {
    history: 'public.pgmigrations',
    proof: 'Run of node-pg-migrate 9.0.0.',
    refuses: 'migrations in JavaScript and TypeScript',
  },
  'graphile-migrate': {
    history: 'graphile_migrate.migrations',
    proof: 'Run of graphile-migrate 1.4.1.',
    refuses: "placeholders, `--! include`, a text that is not its hash's",
  },
  drizzle: {
    history: 'drizzle.__drizzle_migrations',
    proof: 'Run of drizzle-kit 0.31.11 with drizzle-orm 0.45.4.',
    refuses: BY_ITSELF,
  },
  supabase: {
    history: 'supabase_migrations.schema_migrations',
    proof: 'pkg/migration/history.go.',
    refuses: BY_ITSELF,
  },
  sqitch: {
    history: 'sqitch.changes',
    proof: 'Run of Sqitch 1.3.1.',
    refuses: 'meta-commands of psql, changes that require another project, a registry of another name',
  },
  liquibase: {
    history: 'public.databasechangelog',
    proof: 'Run of Liquibase 4.28.0 (checksums of version 9).',
    refuses:
      'changesets that are not SQL, preconditions, properties, contexts and labels, `endDelimiter`, `runWith`, includes in another order than that of the names',
  },
  atlas: {
    history: 'atlas_schema_revisions.atlas_schema_revisions',
    proof: "sql/migrate/dir.go; all 22 atlas.sum files of Atlas' own repository.",
    refuses: 'an atlas.sum that does not fit, templates, archives, delimiters',
  },
  hasura: {
    history: undefined,
    proof: 'The Hasura server alone keeps what was applied.',
    refuses: 'all: it is linted',
  },
};
