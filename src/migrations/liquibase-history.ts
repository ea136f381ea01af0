import { UserError } from '../errors.ts';
import { isThere, rowsFor } from './history-table.ts';
import type { History, Migration, Queryable } from './migration.ts';

export const CHANGELOG = 'public.databasechangelog';
const LOCK = 'public.databasechangeloglock';

/** The tables as Liquibase makes them (sqlgenerator/core, CreateDatabaseChangeLog*Generator.java), the lock with its one row. */
const CREATE = [
  `create table ${LOCK} (
    id integer not null,
    locked boolean not null,
    lockgranted timestamp without time zone,
    lockedby varchar(255),
    constraint databasechangeloglock_pkey primary key (id)
  )`,
  `insert into ${LOCK} (id, locked) values (1, false)`,
  `create table ${CHANGELOG} (
    id varchar(255) not null,
    author varchar(255) not null,
    filename varchar(255) not null,
    dateexecuted timestamp without time zone not null,
    orderexecuted integer not null,
    exectype varchar(10) not null,
    md5sum varchar(35),
    description varchar(255),
    comments varchar(255),
    tag varchar(255),
    liquibase varchar(20),
    contexts varchar(255),
    labels varchar(255),
    deployment_id varchar(10)
  )`,
];

/** What a changeset is known by, and what is written of it. `sum` is empty where any is right. */
type Identity = {
  readonly id: string;
  readonly author: string;
  readonly filename: string;
  readonly sum: string;
  readonly comments: string;
};

function identityOf(migration: Migration): Identity {
  const values = rowsFor(migration, CHANGELOG)[0]?.values ?? {};
  const text = (name: string) => String(values[name] ?? '');
  return {
    id: text('id'),
    author: text('author'),
    filename: text('filename'),
    sum: text('md5sum'),
    comments: text('comments'),
  };
}

type Row = {
  readonly id: string;
  readonly author: string;
  readonly filename: string;
  readonly sum: string | null;
};

async function rowsOf(db: Queryable): Promise<readonly Row[]> {
  if (!(await isThere(db, CHANGELOG))) return [];
  const { rows } = await db.query(
    `select id, author, filename, md5sum from ${CHANGELOG} order by dateexecuted, orderexecuted`,
  );
  return rows.map(({ id, author, filename, md5sum }) => ({
    id: String(id),
    author: String(author),
    filename: String(filename),
    sum: md5sum === null ? null : String(md5sum),
  }));
}

/** A path is written from where the search path begins, which no file tells: one may be the end of the other. */
function isSamePath(a: string, b: string): boolean {
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}

function isOf(row: Row, { id, author, filename }: Identity): boolean {
  return row.id === id && row.author === author && isSamePath(row.filename, filename);
}

/** Only sums of this version can be compared; Liquibase takes an empty one and fills it in. */
function isSameSum({ sum }: Row, identity: Identity): boolean {
  return sum === null || identity.sum === '' || !sum.startsWith('9:') || sum === identity.sum;
}

function versionsOf(row: Row, migrations: readonly Migration[]): readonly string[] {
  const known = migrations.find((migration) => isOf(row, identityOf(migration)));
  if (known === undefined) return [`${row.filename}::${row.id}::${row.author}`];
  if (isSameSum(row, identityOf(known))) return [known.version];
  if (known.repeatable) return [];
  throw new UserError(
    `${known.name} in ${known.path} ran with another text, and Liquibase refuses its checksum.`,
    {
      hint: 'Restore the changeset, and write the change as a changeset of its own.',
    },
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The path as the rows that stand there already write those of its folder; as it is where there are none. */
function writtenAs(filename: string, rows: readonly Row[]): string {
  const folder = `/${folderOf(filename)}`;
  const known = rows.map((row) => folderOf(row.filename)).find((each) => folder.endsWith(`/${each}`));
  return known === undefined ? filename : `${known}${filename.slice(filename.lastIndexOf('/') + 1)}`;
}

const NEXT = `(select coalesce(max(orderexecuted), 0) + 1 from ${CHANGELOG})`;
const DEPLOYMENT = `right((extract(epoch from clock_timestamp()) * 1000)::bigint::text, 10)`;

/** sqlgenerator/core/MarkChangeSetRanGenerator.java: a row, or for one that ran before that row, brought up to date. */
export const liquibaseHistory: History = {
  ensure: async (db) => {
    if (await isThere(db, CHANGELOG)) return;
    for (const statement of CREATE) await db.query(statement);
  },
  applied: async (db, migrations) => (await rowsOf(db)).flatMap((row) => versionsOf(row, migrations)),
  record: async (db, migration) => {
    const rows = await rowsOf(db);
    const identity = identityOf(migration);
    const { id, author, sum, comments } = identity;
    const before = rows.find((row) => isOf(row, identity));
    const filename = before?.filename ?? writtenAs(identity.filename, rows);
    if (before) {
      await db.query(
        `update ${CHANGELOG} set dateexecuted = now(), orderexecuted = ${NEXT}, exectype = 'RERAN', md5sum = $4,
           comments = $5, deployment_id = ${DEPLOYMENT}
         where id = $1 and author = $2 and filename = $3`,
        [id, author, filename, sum, comments],
      );
      return;
    }
    await db.query(
      `insert into ${CHANGELOG} (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description,
         comments, liquibase, deployment_id)
       values ($1, $2, $3, now(), ${NEXT}, 'EXECUTED', $4, 'sql', $5, 'Pullgres', ${DEPLOYMENT})`,
      [id, author, filename, sum, comments],
    );
  },
  remove: async (db, migration) => {
    const identity = identityOf(migration);
    const row = (await rowsOf(db)).find((each) => isOf(each, identity));
    await db.query(`delete from ${CHANGELOG} where id = $1 and author = $2 and filename = $3`, [
      identity.id,
      identity.author,
      row?.filename ?? identity.filename,
    ]);
  },
};
