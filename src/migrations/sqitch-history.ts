import { createHash } from 'node:crypto';
import { insertRow, isThere, rowsFor } from './history-table.ts';
import type { History, HistoryRow, Migration, Queryable } from './migration.ts';
import type { Plan, PlannedChange } from './sqitch-plan.ts';

/** Who deploys: sqitch takes it from its user's settings, and nothing is judged by it. */
const COMMITTER = { committer_name: 'Pullgres', committer_email: 'pullgres@localhost' };
const CREATOR = { creator_name: 'Pullgres', creator_email: 'pullgres@localhost' };

const PLANNED = `
    planned_at timestamptz not null,
    planner_name text not null,
    planner_email text not null`;
const COMMITTED = `
    committed_at timestamptz not null default clock_timestamp(),
    committer_name text not null,
    committer_email text not null,${PLANNED}`;
const PROJECT = 'project text not null references sqitch.projects (project) on update cascade';

/** The registry, version 1.1, as sqitch makes it (lib/App/Sqitch/Engine/pg.sql), without the comments on it. */
const CREATE = [
  'create schema if not exists sqitch',
  `create table sqitch.releases (
    version real primary key,
    installed_at timestamptz not null default clock_timestamp(),
    installer_name text not null,
    installer_email text not null
  )`,
  `create table sqitch.projects (
    project text primary key,
    uri text null unique,
    created_at timestamptz not null default clock_timestamp(),
    creator_name text not null,
    creator_email text not null
  )`,
  `create table sqitch.changes (
    change_id text primary key,
    script_hash text null,
    change text not null,
    ${PROJECT},
    note text not null default '',${COMMITTED},
    unique (project, script_hash)
  )`,
  `create table sqitch.tags (
    tag_id text primary key,
    tag text not null,
    ${PROJECT},
    change_id text not null references sqitch.changes (change_id) on update cascade,
    note text not null default '',${COMMITTED},
    unique (project, tag)
  )`,
  `create table sqitch.dependencies (
    change_id text not null references sqitch.changes (change_id) on update cascade on delete cascade,
    type text not null,
    dependency text not null,
    dependency_id text null references sqitch.changes (change_id) on update cascade
      constraint dependencies_check check (
        (type = 'require' and dependency_id is not null) or (type = 'conflict' and dependency_id is null)
      ),
    primary key (change_id, dependency)
  )`,
  `create table sqitch.events (
    event text not null constraint events_event_check check (event in ('deploy', 'revert', 'fail', 'merge')),
    change_id text not null,
    change text not null,
    ${PROJECT},
    note text not null default '',
    requires text[] not null default '{}',
    conflicts text[] not null default '{}',
    tags text[] not null default '{}',${COMMITTED},
    primary key (change_id, committed_at)
  )`,
  `insert into sqitch.releases (version, installer_name, installer_email)
   values (1.1, 'Pullgres', 'pullgres@localhost')`,
];

/** The rows that a deploy of the change writes, in their order (lib/App/Sqitch/Role/DBIEngine.pm, log_deploy_change). */
export function deployRows(plan: Plan, change: PlannedChange, script: string): readonly HistoryRow[] {
  const { id, name, note, tags, dependencies } = change;
  const { project } = plan;
  const planned = plannedOf(change);
  const hash = createHash('sha1').update(script).digest('hex');
  const named = (wanted: string) => dependencies.filter(({ kind }) => kind === wanted).map((one) => one.name);
  return [
    { table: 'sqitch.projects', values: { project, uri: plan.uri ?? null } },
    {
      table: 'sqitch.changes',
      values: { change_id: id, script_hash: hash, change: name, project, note, ...planned },
    },
    ...dependencies.map(({ kind, name: dependency, id: resolved }) => ({
      table: 'sqitch.dependencies',
      values: {
        change_id: id,
        type: kind,
        dependency,
        dependency_id: kind === 'require' ? (resolved ?? null) : null,
      },
    })),
    ...tags.map((tag) => ({
      table: 'sqitch.tags',
      values: {
        tag_id: tag.id,
        tag: `@${tag.name}`,
        project,
        change_id: id,
        note: tag.note,
        ...plannedOf(tag),
      },
    })),
    {
      table: 'sqitch.events',
      values: {
        event: 'deploy',
        change_id: id,
        change: name,
        project,
        note,
        requires: named('require'),
        conflicts: named('conflict'),
        tags: tags.map((tag) => `@${tag.name}`),
        ...planned,
      },
    },
  ];
}

function plannedOf({ date, planner, email }: Pick<PlannedChange, 'date' | 'planner' | 'email'>) {
  return { planned_at: date, planner_name: planner, planner_email: email, ...COMMITTER };
}

/** Of each table, in the order in which they refer to each other. */
async function deploy(db: Queryable, migration: Migration): Promise<void> {
  const [project] = rowsFor(migration, 'sqitch.projects');
  if (project) {
    const values = Object.values({ ...project.values, ...CREATOR });
    await db.query(
      `insert into sqitch.projects (project, uri, creator_name, creator_email) values ($1, $2, $3, $4)
       on conflict do nothing`,
      values,
    );
  }
  for (const row of migration.historyRows ?? []) {
    if (row.table !== 'sqitch.projects') await insertRow(db, row);
  }
}

function idOf(migration: Migration): string {
  return String(rowsFor(migration, 'sqitch.changes')[0]?.values.change_id);
}

/** Takes tags, dependencies and the change out, and tells it as an event (log_revert_change). */
async function revert(db: Queryable, migration: Migration): Promise<void> {
  const id = idOf(migration);
  for (const table of ['tags', 'dependencies', 'changes']) {
    await db.query(`delete from sqitch.${table} where change_id = $1`, [id]);
  }
  for (const { table, values } of rowsFor(migration, 'sqitch.events')) {
    await insertRow(db, { table, values: { ...values, event: 'revert' } });
  }
}

/** A change and all that is told of it stand together or not at all. */
async function together(db: Queryable, work: () => Promise<void>): Promise<void> {
  await db.query('begin');
  await work();
  await db.query('commit');
}

/** A change is known by its id; the version is its script, and that of one which no migration has, its name. */
export const sqitchHistory: History = {
  ensure: async (db) => {
    if (await isThere(db, 'sqitch.changes')) return;
    for (const statement of CREATE) await db.query(statement);
  },
  applied: async (db, migrations) => {
    if (!(await isThere(db, 'sqitch.changes'))) return [];
    const { rows } = await db.query('select change_id, change from sqitch.changes order by committed_at');
    const versions = new Map(migrations.map((migration) => [idOf(migration), migration.version]));
    return rows.map(({ change_id, change }) => versions.get(String(change_id)) ?? String(change));
  },
  record: (db, migration) => together(db, () => deploy(db, migration)),
  remove: (db, migration) => together(db, () => revert(db, migration)),
};
