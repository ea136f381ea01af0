import { UserError } from '../errors.ts';
import { loadParser } from '../sql/parse.ts';
import { readScript } from '../sql/script.ts';
import { byBytes } from './file-tree.ts';
import { isThere, rowsFor } from './history-table.ts';
import type { History, Migration, Queryable } from './migration.ts';
import { orByItself } from './obstacle.ts';

/** Atlas' table, in the schema that it takes when its URL names none. */
export const REVISIONS = 'atlas_schema_revisions.atlas_schema_revisions';

type Revision = { readonly version: string; readonly applied: number; readonly total: number };

async function revisions(db: Queryable): Promise<readonly Revision[]> {
  if (!(await isThere(db, REVISIONS))) return [];
  // A row whose version begins with a dot is an identifier of the database, and no revision (internal/migrate/migrate.go).
  const { rows } = await db.query(
    `select version, applied, total from ${REVISIONS} where version not like '.%' order by version collate "C"`,
  );
  return rows.map(({ version, applied, total }) => ({
    version: String(version),
    applied: Number(applied),
    total: Number(total),
  }));
}

function refusePartial(found: readonly Revision[]): void {
  const partial = found.find(({ applied, total }) => applied !== total);
  if (partial === undefined) return;
  throw new UserError(
    `${REVISIONS} says that ${partial.applied} of the ${partial.total} statements of ${partial.version} were applied.`,
    { hint: 'Let `atlas migrate apply` go on with it, or reset the branch.' },
  );
}

/** With the execution order `linear`, which is the usual one (sql/migrate/migrate.go, Executor.Pending). */
function refuseSkipped(found: readonly Revision[], migrations: readonly Migration[]): void {
  const [first, last] = [found[0]?.version, found.at(-1)?.version];
  if (first === undefined || last === undefined) return;
  const done = new Set(found.map(({ version }) => version));
  const skipped = migrations.find(
    ({ version }) => !done.has(version) && byBytes(version, first) > 0 && byBytes(version, last) < 0,
  );
  if (skipped === undefined) return;
  throw new UserError(`${skipped.path} stands before ${last}, which ran already, and Atlas refuses it.`, {
    hint: orByItself('Give it a later version with `atlas migrate rebase`'),
  });
}

async function statementCount({ text, path }: Migration): Promise<number> {
  await loadParser();
  return readScript(text, path).statements.length;
}

/**
 * The table as Atlas makes it (cmd/atlas/internal/migrate/ent/migrate/schema.go), under its usual name. What stands before the first revision belongs to a baseline. How many statements a file has is counted
 * by Postgres' parser; Atlas compares the count with its own column alone.
 */
export const atlasHistory: History = {
  ensure: async (db) => {
    await db.query('create schema if not exists atlas_schema_revisions');
    await db.query(
      `create table if not exists ${REVISIONS} (
        version character varying not null,
        description character varying not null,
        type bigint not null default 2,
        applied bigint not null default 0,
        total bigint not null default 0,
        executed_at timestamptz not null,
        execution_time bigint not null,
        error text,
        error_stmt text,
        hash character varying not null,
        partial_hashes jsonb,
        operator_version character varying not null,
        primary key (version)
      )`,
    );
  },
  applied: async (db, migrations) => {
    const found = await revisions(db);
    refusePartial(found);
    refuseSkipped(found, migrations);
    const first = found[0]?.version;
    if (first === undefined) return [];
    const before = migrations.filter(({ version }) => byBytes(version, first) < 0);
    return [...before.map(({ version }) => version), ...found.map(({ version }) => version)];
  },
  record: async (db, migration) => {
    const { version, name } = migration;
    const count = await statementCount(migration);
    const hash = rowsFor(migration, REVISIONS)[0]?.values.hash ?? '';
    await db.query(
      `insert into ${REVISIONS} (version, description, applied, total, executed_at, execution_time, error, error_stmt,
         hash, partial_hashes, operator_version)
       values ($1, $2, $3, $3, clock_timestamp(), 0, '', '', $4, 'null', 'Pullgres')`,
      [version, name.slice(version.length + 1), count, hash],
    );
  },
  remove: async (db, { version }) => {
    await db.query(`delete from ${REVISIONS} where version = $1`, [version]);
  },
};
