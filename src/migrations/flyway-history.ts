import { crc32 } from 'node:zlib';
import { UserError } from '../errors.ts';
import { isThere } from './history-table.ts';
import type { History, Migration, Queryable } from './migration.ts';
import { orByItself } from './obstacle.ts';

const TABLE = 'public.flyway_schema_history';

/**
 * The table as Flyway makes it (flyway-database-postgresql, PostgreSQLDatabase.java, getRawCreateScript), under its
 * usual name, with its key and index.
 */
const CREATE = [
  `create table ${TABLE} (
    installed_rank int not null,
    version varchar(50),
    description varchar(200) not null,
    type varchar(20) not null,
    script varchar(1000) not null,
    checksum integer,
    installed_by varchar(100) not null,
    installed_on timestamp not null default now(),
    execution_time integer not null,
    success boolean not null
  )`,
  `alter table ${TABLE} add constraint flyway_schema_history_pk primary key (installed_rank)`,
  `create index flyway_schema_history_s_idx on ${TABLE} (success)`,
];

/** CRC-32 of the lines' bytes in UTF-8 without their ends and the byte order mark, signed (ChecksumCalculator.java). */
export function flywayChecksum(text: string): number {
  return crc32(text.replace(/^\uFEFF/, '').replaceAll(/[\r\n]/g, '')) | 0;
}

type Row = {
  readonly version: string | null;
  readonly description: string;
  readonly type: string;
  readonly checksum: number | null;
};

function rowOf({ version, description, type, checksum }: Record<string, unknown>): Row {
  return {
    version: version === null ? null : plainVersion(String(version)),
    description: String(description),
    type: String(type),
    checksum: checksum === null ? null : Number(checksum),
  };
}

async function rowsOf(db: Queryable): Promise<readonly Row[]> {
  if (!(await isThere(db, TABLE))) return [];
  const { rows } = await db.query(
    `select version, description, type, checksum, success from ${TABLE} order by installed_rank`,
  );
  const failed = rows.find(({ success }) => success !== true);
  if (failed === undefined) return rows.map(rowOf);
  throw new UserError(
    `${TABLE} says that ${String(failed.version ?? failed.description)} failed, and Flyway goes no further.`,
    { hint: 'Mend the schema by hand and run `flyway repair`, or reset the branch.' },
  );
}

/** The rows that stand: an undone or deleted version's are gone. */
function standing(rows: readonly Row[]): readonly Row[] {
  const found: Row[] = [];
  for (const row of rows) {
    if (row.type === 'SCHEMA') continue;
    const before = found.findIndex((other) => isSame(other, row));
    if (before >= 0) found.splice(before, 1);
    if (!row.type.startsWith('UNDO') && row.type !== 'DELETE') found.push(row);
  }
  return found;
}

/** A version is known by its number, a repeatable migration by its description. */
function isSame(a: Row, b: Row): boolean {
  return a.version === null ? b.version === null && a.description === b.description : a.version === b.version;
}

/** 1, 01, 1.0 and 1_0 are one version (MigrationVersion). */
export function plainVersion(version: string): string {
  return version
    .split(/[._]/)
    .map((part) => String(BigInt(part)))
    .join('.')
    .replace(/(\.0)+$/, '');
}

/** Whether the one version is before, the same as, or behind the other, part by part. */
export function byParts(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(BigInt));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [one, other] = [left?.[at] ?? 0n, right?.[at] ?? 0n];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** What stands behind the `__` of the file's name, its underscores blanks (ResourceNameParser.java). */
function descriptionOf({ name }: Migration): string {
  const file = name.slice(name.lastIndexOf('/') + 1);
  return file.slice(file.indexOf('__') + 2).replaceAll('_', ' ');
}

function refuseEdited(rows: readonly Row[], migrations: readonly Migration[]): void {
  for (const { version, checksum } of rows) {
    const edited = migrations.find((one) => !one.repeatable && one.version === version);
    if (!edited || checksum === null || checksum === flywayChecksum(edited.text)) continue;
    throw new UserError(`${edited.path} ran with another text, and Flyway refuses its checksum.`, {
      hint: 'Restore the file, and write the change as a migration of its own.',
    });
  }
}

/** What a version behind it, or the baseline, leaves behind: the baseline hides it, any other makes Flyway refuse it. */
function refuseEarlier(rows: readonly Row[], migrations: readonly Migration[]): void {
  const versions = rows.flatMap(({ version }) => version ?? []).sort(byParts);
  const highest = versions.at(-1);
  if (highest === undefined) return;
  const late = migrations.find(
    ({ version, repeatable }) => !repeatable && !versions.includes(version) && byParts(version, highest) < 0,
  );
  if (late === undefined) return;
  throw new UserError(
    `${late.path} stands before version ${highest}, which ran already: Flyway refuses it.`,
    {
      hint: orByItself('Give it a later version'),
    },
  );
}

function isBelow(version: string, baseline: Row | undefined): boolean {
  return baseline?.version != null && byParts(version, baseline.version) <= 0;
}

/** As Flyway's migrate with its usual settings: what it would refuse in validating is refused. */
async function applied(db: Queryable, migrations: readonly Migration[]): Promise<readonly string[]> {
  const rows = standing(await rowsOf(db));
  const baseline = rows.find(({ type }) => type === 'BASELINE');
  const hidden = migrations
    .filter(({ version, repeatable }) => !repeatable && isBelow(version, baseline))
    .map(({ version }) => version);
  const open = migrations.filter(({ version }) => !hidden.includes(version));
  refuseEdited(rows, open);
  refuseEarlier(rows, open);
  const done = rows
    .filter(({ type }) => type !== 'BASELINE')
    .flatMap((row) => row.version ?? repeatedVersion(row, migrations));
  return [...hidden, ...done];
}

/** A repeatable migration is applied while its text is that of its latest run. */
function repeatedVersion(
  { description, checksum }: Row,
  migrations: readonly Migration[],
): readonly string[] {
  const known = migrations.find((one) => one.repeatable && descriptionOf(one) === description);
  if (known === undefined) return [`R__${description.replaceAll(' ', '_')}`];
  return checksum === flywayChecksum(known.text) ? [known.version] : [];
}

/** The version as the file's name has it, with dots (MigrationVersion.java). */
function shownVersion({ name, version }: Migration): string {
  const file = name.slice(name.lastIndexOf('/') + 1);
  return /^[VU]([\d._]*\d)__/.exec(file)?.[1]?.replaceAll('_', '.') ?? version;
}

/** As AbbreviationUtils.java shortens it. */
function shortened(description: string): string {
  return description.length <= 200 ? description : `${description.slice(0, 197)}...`;
}

type Entry = { readonly type: 'SQL' | 'UNDO_SQL'; readonly script: string; readonly text: string };

async function insert(db: Queryable, migration: Migration, { type, script, text }: Entry): Promise<void> {
  await db.query(
    `insert into ${TABLE}
       (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
     select coalesce(max(installed_rank), 0) + 1, $1, $2, $3, $4, $5, current_user, 0, true from ${TABLE}`,
    [
      migration.repeatable ? null : shownVersion(migration),
      shortened(descriptionOf(migration)),
      type,
      script,
      flywayChecksum(text),
    ],
  );
}

/** flyway-core, JdbcTableSchemaHistory.java. A way back is a row of its own, of the type UNDO_SQL. */
export const flywayHistory: History = {
  ensure: async (db) => {
    if (await isThere(db, TABLE)) return;
    for (const statement of CREATE) await db.query(statement);
  },
  applied,
  record: (db, migration) =>
    insert(db, migration, { type: 'SQL', script: `${migration.name}.sql`, text: migration.text }),
  remove: async (db, migration) => {
    const { path, text } = migration.down ?? migration;
    const folder = migration.name.slice(0, migration.name.lastIndexOf('/') + 1);
    const script = `${folder}${path.slice(path.lastIndexOf('/') + 1)}`;
    await insert(db, migration, { type: 'UNDO_SQL', script, text });
  },
};
