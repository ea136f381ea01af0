import { UserError } from '../errors.ts';
import { isThere, rowsFor } from './history-table.ts';
import { mentioned } from './manifest.ts';
import type { History, Migration, Queryable, RehearsableTool } from './migration.ts';
import { byNumber, sqlFiles, wholeUp } from './sql-files.ts';

const TABLE = 'public.schema_migrations';

type State = { readonly version: string; readonly isDirty: boolean };

async function stateOf(db: Queryable): Promise<State | undefined> {
  if (!(await isThere(db, TABLE))) return undefined;
  const { rows } = await db.query(`select version, dirty from ${TABLE} limit 1`);
  return rows[0] && { version: String(rows[0].version), isDirty: rows[0].dirty === true };
}

/** One row at most, written in a transaction of its own (postgres.go, SetVersion). */
async function setState(db: Queryable, state: State | undefined): Promise<void> {
  await db.query('begin');
  await db.query(`truncate ${TABLE}`);
  if (state) {
    const { version, isDirty } = state;
    await db.query(`insert into ${TABLE} (version, dirty) values ($1, $2)`, [version, isDirty]);
  }
  await db.query('commit');
}

function refuseDirty({ version, isDirty }: State): void {
  if (!isDirty) return;
  throw new UserError(`${TABLE} says that version ${version} is dirty: it began and never finished.`, {
    hint: 'Mend the schema by hand and say so with `migrate force`, or reset the branch.',
  });
}

/**
 * The table as golang-migrate makes it (database/postgres/postgres.go, ensureVersionTable). It holds the last version
 * alone: those before it count as applied, and so does one that was merged late and never ran.
 */
const history: History = {
  ensure: async (db) => {
    await db.query(
      `create table if not exists ${TABLE} (version bigint not null primary key, dirty boolean not null)`,
    );
  },
  applied: async (db, migrations) => {
    const state = await stateOf(db);
    if (state === undefined) return [];
    refuseDirty(state);
    const before = migrations
      .map(({ version }) => version)
      .filter((version) => byNumber(version, state.version) < 0);
    return [...before, state.version];
  },
  begin: (db, { version }) => setState(db, { version, isDirty: true }),
  record: (db, { version }) => setState(db, { version, isDirty: false }),
  remove: (db, migration) => {
    const version = rowsFor(migration, TABLE)[0]?.values.version;
    return setState(db, version === undefined ? undefined : { version: String(version), isDirty: false });
  },
};

const files = sqlFiles({
  name: 'golang-migrate',
  directories: [
    'migrations',
    'db/migrations',
    'database/migrations',
    'internal/migrations',
    'internal/database/migrations',
    'sql/migrations',
    'db/migration',
  ],
  named: (relative) => {
    const [, version, name = '', direction] = /^(\d+)_([^/]*)\.(up|down)\.sql$/.exec(relative) ?? [];
    if (version === undefined) return undefined;
    return {
      version: String(BigInt(version)),
      name: `${version}_${name}`,
      direction: direction === 'down' ? 'down' : 'up',
    };
  },
  order: (a, b) => byNumber(a.version, b.version),
  read: (source) => wholeUp(source, 'implicit'),
  fits: ({ tree, directory }) => mentioned(tree, directory, 'go.mod', /golang-migrate\/migrate/),
});

/** With the row that stands in the history once it is taken back: that of the one before it. */
function withPrevious(migration: Migration, previous: Migration | undefined): Migration {
  if (previous === undefined) return migration;
  return { ...migration, historyRows: [{ table: TABLE, values: { version: previous.version } }] };
}

/**
 * https://github.com/golang-migrate/migrate, version 4: `1_name.up.sql` and `1_name.down.sql` (source/parse.go), the
 * file as one simple query without BEGIN (database/postgres/postgres.go, runStatement), between two notes of the version:
 * dirty, then clean (migrate.go, runMigrations). `x-multi-statement` in the URL sends each statement by itself, which no
 * file tells. Its names are also those of other tools, so a go.mod must name it.
 */
export const golangMigrate: RehearsableTool = {
  ...files,
  list: async (tree, directory, lenient) =>
    (await files.list(tree, directory, lenient)).map((migration, at, all) =>
      withPrevious(migration, all[at - 1]),
    ),
  history,
};
