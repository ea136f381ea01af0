import type { History, HistoryRow, Migration, Queryable } from './migration.ts';

/** Whether a table is there. The name is schema-qualified, and quoted where it has to be. */
export async function isThere(db: Queryable, table: string): Promise<boolean> {
  const { rows } = await db.query('select to_regclass($1) is not null as there', [table]);
  return rows[0]?.there === true;
}

/** Inserts a row. Table and columns stand in the text as they are: they are a tool's own names, never a file's. */
export async function insertRow(db: Queryable, { table, values }: HistoryRow): Promise<void> {
  const columns = Object.keys(values);
  const places = columns.map((_, at) => `$${at + 1}`);
  await db.query(
    `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`,
    Object.values(values),
  );
}

/** The rows of a migration for one table of its tool's history. */
export function rowsFor({ historyRows = [] }: Migration, table: string): readonly HistoryRow[] {
  return historyRows.filter((row) => row.table === table);
}

/** A table with a row for each applied migration, which holds its version in a column. */
type VersionTable = {
  readonly table: string;
  /** The statement that makes the table where it is missing. */
  readonly create: string;
  readonly column: string;
  /** Columns by which the rows stand in the order of application. */
  readonly order: string;
  /** What of the migration stands in the column. */
  readonly versionOf: (migration: Migration) => string;
};

/** The history of a tool that writes one row for each migration and deletes it on the way back. */
export function versionTable({ table, create, column, order, versionOf }: VersionTable): History {
  return {
    ensure: async (db) => {
      if (!(await isThere(db, table))) await db.query(create);
    },
    applied: async (db) => {
      if (!(await isThere(db, table))) return [];
      const { rows } = await db.query(`select ${column} as version from ${table} order by ${order}`);
      return rows.map(({ version }) => String(version));
    },
    record: (db, migration) => insertRow(db, { table, values: { [column]: versionOf(migration) } }),
    remove: async (db, migration) => {
      await db.query(`delete from ${table} where ${column} = $1`, [versionOf(migration)]);
    },
  };
}
