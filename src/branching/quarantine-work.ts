import { ProviderError } from '../errors.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import type { Admin, Server } from './admin.ts';
import { disarm, guarded } from './disarm.ts';
import { KNOWN_NAMES, knownWork, TIMETABLES } from './known-work.ts';
import type { Quarantined } from './provider.ts';

const MEMBERS = `
  SELECT format('%s %s %s', e.extname, n.nspname, c.relname) AS member
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid
  WHERE e.extname = ANY($1)`;

/** Jobs of pg_cron and its kind are switched off. A row that row-level security hides is an error, not forgotten (row_security, docs: 19.11). */
export async function stopTimetables(inside: Admin): Promise<readonly Quarantined[]> {
  const { rows } = await inside.query(MEMBERS, [TIMETABLES.map(({ extension }) => extension)]);
  const members = new Set(rows.map(({ member }) => member));
  const stopped: Quarantined[] = [];
  for (const { extension, schema, name, flag } of TIMETABLES) {
    if (!members.has(`${extension} ${schema} ${name}`)) continue;
    const thing = { kind: 'cron job', name: qualified(schema, name), action: 'disabled' } as const;
    const sql = `UPDATE ${thing.name} SET ${identifier(flag)} = false WHERE ${identifier(flag)}`;
    const { rowCount = 0 } = await guarded(thing, () => inside.query(sql));
    if (rowCount > 0) stopped.push({ ...thing, rows: rowCount });
  }
  return stopped;
}

/**
 * Every table that may be meant, with all its partitions and children. `countable`: to count its rows runs nobody's code.
 * The planner evaluates what stands in indexes and extended statistics, so a function or operator of somebody's in them
 * would run as the administrator; and row-level security that is forced would hide rows.
 */
const TABLES = `
  WITH RECURSIVE root AS (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
           n.nspname || '.' || c.relname = ANY($2) AS wished
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (c.relkind IN ('r', 'p') AND c.relname ~ $1 OR n.nspname || '.' || c.relname = ANY($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
  ), tree (root, id) AS (
    SELECT oid, oid FROM root UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.id
  )
  SELECT r.oid::text AS root, r.schema, r.name, r.kind, r.wished,
         ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = r.oid AND attnum > 0 AND NOT attisdropped) AS columns,
         c.oid::text AS id, format('%I.%I', n.nspname, c.relname) AS leaf, c.relkind = 'r' AS filled,
         CASE WHEN c.relkind = 'r' THEN pg_relation_size(c.oid) ELSE 0 END AS bytes,
         NOT c.relforcerowsecurity AND NOT EXISTS (
           SELECT FROM pg_depend d LEFT JOIN pg_type y ON d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid
           WHERE (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT indexrelid FROM pg_index WHERE indrelid = c.oid)
               OR d.classid = 'pg_statistic_ext'::regclass AND d.objid IN (SELECT oid FROM pg_statistic_ext WHERE stxrelid = c.oid))
             AND (d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) OR y.typtype <> 'e')) AS countable
  FROM tree t JOIN root r ON r.oid = t.root JOIN pg_class c ON c.oid = t.id JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY r.schema, r.name, leaf`;

type Leaf = {
  readonly id: string;
  readonly name: string;
  /** Rows stand in it; a partitioned table only has partitions, and a foreign one leads nowhere any more. */
  readonly filled: boolean;
  readonly bytes: number;
  readonly countable: boolean;
};

type Work = {
  readonly kind: 'queue' | 'cron job' | 'table';
  readonly name: string;
  readonly leaves: readonly Leaf[];
};

/** `schema.table` as the policy has it, and without quotes where somebody wrote it as SQL would. */
function spellings(wish: string): readonly string[] {
  const plain = wish.split('.').map((part) => /^"(.+)"$/s.exec(part)?.[1]?.replaceAll('""', '"') ?? part);
  return [wish, plain.join('.')];
}

async function readWork(server: Server, inside: Admin): Promise<readonly Work[]> {
  const wishes = server.quarantine.tables;
  const { rows } = await inside.query(TABLES, [KNOWN_NAMES, wishes.flatMap(spellings)]);
  for (const wish of wishes) {
    const meant = spellings(wish);
    if (rows.some(({ schema, name, wished }) => wished && meant.includes(`${schema}.${name}`))) continue;
    server.onProgress(
      `The table ${wish}, which the policy wants emptied on every branch, is not in this one.`,
    );
  }
  const roots = new Map<string, Work>();
  for (const row of rows) {
    const kind = kindOf(row);
    if (!kind) continue;
    const leaf = {
      id: String(row.id),
      name: String(row.leaf),
      filled: row.filled === true,
      bytes: Number(row.bytes),
      countable: row.countable === true,
    };
    const before = roots.get(String(row.root))?.leaves ?? [];
    const name = qualified(String(row.schema), String(row.name));
    roots.set(String(row.root), { kind, name, leaves: [...before, leaf] });
  }
  return outermost(roots);
}

function kindOf(row: Record<string, unknown>): Work['kind'] | undefined {
  const table = { schema: String(row.schema), name: String(row.name), columns: row.columns as string[] };
  if (row.wished !== true) return knownWork(table);
  if (row.kind !== 'v' && row.kind !== 'm') return 'table';
  throw new ProviderError(
    `${qualified(table.schema, table.name)}, which the policy wants emptied on every branch, is a view.`,
    { hint: 'Name the tables behind it in branch.quarantine.tables.' },
  );
}

/** Without the partitions that are found by their own name as well. */
function outermost(roots: ReadonlyMap<string, Work>): readonly Work[] {
  const inner = new Set(
    [...roots].flatMap(([id, { leaves }]) => leaves.map((leaf) => leaf.id).filter((leaf) => leaf !== id)),
  );
  return [...roots].flatMap(([id, work]) => (inner.has(id) ? [] : [work]));
}

/** Beyond this a count would take longer than the copy. */
const COUNTED_BYTES = 64 * 1024 * 1024;

async function countRows(
  inside: Admin,
  { name, filled, bytes, countable }: Leaf,
): Promise<number | undefined> {
  if (!filled || bytes === 0) return 0;
  if (!countable || bytes > COUNTED_BYTES) return undefined;
  try {
    return Number((await inside.query(`SELECT count(*) AS rows FROM ONLY ${name}`)).rows[0]?.rows);
  } catch (error) {
    if (error instanceof ProviderError && error.status === '42501') return undefined;
    throw error;
  }
}

async function countWork(inside: Admin, work: Work): Promise<number | undefined> {
  let sum = 0;
  for (const leaf of work.leaves) {
    const rows = await countRows(inside, leaf);
    if (rows === undefined) return undefined;
    sum += rows;
  }
  return sum;
}

const REFERRERS = `
  SELECT DISTINCT c.conrelid::regclass::text AS referrer, c.confrelid::regclass::text AS referred
  FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid::text = ANY($1) AND NOT c.conrelid::text = ANY($1) ORDER BY 1, 2`;

/** CASCADE would empty tables that nobody named, so it is never used. */
async function refuseReferrers(inside: Admin, works: readonly Work[]): Promise<void> {
  const { rows } = await inside.query(REFERRERS, [works.flatMap(({ leaves }) => leaves.map(({ id }) => id))]);
  const first = rows[0];
  if (!first) return;
  throw new ProviderError(
    `The table ${first.referred} must be empty on a branch, and cannot be emptied because ${first.referrer} refers to it.`,
    {
      hint: `Name ${rows.map(({ referrer }) => referrer).join(', ')} in branch.quarantine.tables as well, or empty ${first.referred} in the baseline.`,
    },
  );
}

/** Triggers that TRUNCATE would fire (bit 5 of tgtype, pg_trigger.h), with the statement that enables them as they were. */
const TRUNCATE_TRIGGERS = `
  SELECT format('ALTER TABLE %s DISABLE TRIGGER %I;', t.tgrelid::regclass, t.tgname) AS sleep,
         format('ALTER TABLE %s ENABLE %s TRIGGER %I;', t.tgrelid::regclass,
           CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, t.tgname) AS wake
  FROM pg_trigger t WHERE t.tgrelid::text = ANY($1) AND t.tgtype & 32 <> 0 AND NOT t.tgisinternal AND t.tgenabled <> 'D'`;

/**
 * Empties job queues and the tables that the policy names, all in one statement, since they refer to each other.
 * TRUNCATE and not DELETE: it runs no row trigger, rule or index expression, so nobody's code runs as the administrator.
 */
export async function emptyWork(server: Server, inside: Admin): Promise<readonly Quarantined[]> {
  const works = await readWork(server, inside);
  const emptied: Quarantined[] = [];
  for (const work of works) {
    const rows = await countWork(inside, work);
    const thing = { kind: work.kind, name: work.name, action: 'emptied' } as const;
    if (rows !== 0 || work.kind === 'table') emptied.push(rows === undefined ? thing : { ...thing, rows });
  }
  const [first] = emptied.filter(({ rows }) => rows !== 0);
  if (!first) return emptied;
  await refuseReferrers(inside, works);
  const filled = works.flatMap(({ leaves }) => leaves.filter((leaf) => leaf.filled));
  const triggers = (await inside.query(TRUNCATE_TRIGGERS, [filled.map(({ id }) => id)])).rows;
  const statements = [
    ...triggers.map(({ sleep }) => sleep),
    `TRUNCATE ${filled.map(({ name }) => `ONLY ${name}`).join(', ')};`,
    ...triggers.map(({ wake }) => wake),
  ];
  await disarm(inside, first, statements.join('\n'));
  return emptied;
}
