import { type Connection, ServerError } from '../../../postgres/connection.ts';
import { identifier } from '../../../postgres/quote.ts';
import { counted, failed, names, passed, skipped } from '../judge.ts';
import type { StepResult } from '../steps.ts';
import { CANCELLED } from '../steps.ts';
import { ask, type Check, type CheckContext, OWN_SCHEMAS, withinBudget } from './check.ts';

type Relation = { readonly oid: string; readonly name: string; readonly sql: string };

/** verify_heapam came with 14 (docs: F.1, amcheck). */
const HEAP_SINCE = 14;
const OWN_SCHEMA = 'pullgres_drill';

const relations = (condition: string): string => `select c.oid::text as oid,
    n.nspname || '.' || c.relname as name, pg_catalog.format('%I.%I', n.nspname, c.relname) as sql
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_am a on a.oid = c.relam
  left join pg_catalog.pg_index i on i.indexrelid = c.oid
  where ${condition} and c.relpersistence = 'p' and n.nspname !~ '^pg_(toast_)?temp_'
  order by pg_catalog.md5(c.oid::text || $1)`;

/** Catalogs are checked too: a database with a broken one restores and then fails at a random moment. */
const HEAPS = relations("c.relkind in ('r', 'm') and a.amname = 'heap'");
const TREES = relations("c.relkind = 'i' and a.amname = 'btree' and i.indisvalid and i.indisready");
const TABLES = relations(`c.relkind in ('r', 'm') and ${OWN_SCHEMAS}`);

type Found = { readonly broken: readonly string[]; readonly asked: number; readonly all: number };

/** Asks one relation after the other until the budget ends. The order changes from run to run, so that runs which are cut short see all in the end. */
async function askEach(
  context: CheckContext,
  sql: string,
  isBroken: (relation: Relation) => Promise<boolean>,
): Promise<Found> {
  const { connection, left, now } = context;
  const all = await ask<Relation>(connection, sql, [now.toISOString()]);
  const broken: string[] = [];
  let asked = 0;
  for (const relation of all) {
    if (left() <= 0) break;
    try {
      await withinBudget(context);
      if (await isBroken(relation)) broken.push(relation.name);
    } catch (error) {
      if (!(error instanceof ServerError) || (error.code === CANCELLED && left() > 0)) throw error;
      if (error.code === CANCELLED) break;
      broken.push(`${relation.name} (SQLSTATE ${error.code})`);
    }
    asked += 1;
  }
  return { broken, asked, all: all.length };
}

/** What was found broken fails, whatever was left out; what was left out is never proved. */
export function judgeEach(what: string, how: string, { broken, asked, all }: Found): StepResult {
  const plural = what.replace(/x$/, 'xe').concat('s');
  if (broken.length > 0)
    return failed(`Damaged: ${names(broken)} (${asked} of ${counted(all, what, plural)} read).`);
  if (asked < all) {
    return skipped(
      `The time budget ended after ${asked} of ${counted(all, what, plural)}; none of those is damaged.`,
    );
  }
  return passed(`${how} found nothing wrong in ${counted(all, what, plural)}.`);
}

/** The schema that amcheck's functions are in, after it has been made where it can be; undefined where it is not installed. */
async function amcheckSchema(connection: Connection): Promise<string | undefined> {
  const there = await ask<{ schema: string }>(
    connection,
    `select n.nspname as schema from pg_catalog.pg_extension e
      join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'`,
  );
  if (there[0] !== undefined) return there[0].schema;
  const available = await ask(
    connection,
    "select 1 from pg_catalog.pg_available_extensions where name = 'amcheck'",
  );
  if (available.length === 0) return undefined;
  await connection.run(`create schema ${OWN_SCHEMA}`);
  await connection.run(`create extension amcheck schema ${OWN_SCHEMA}`);
  return OWN_SCHEMA;
}

/** The source must look as it was before rows are taken from it. */
async function removeOwn(connection: Connection): Promise<void> {
  await connection.run("set statement_timeout = '1min'");
  await connection.run(`drop schema if exists ${OWN_SCHEMA} cascade`);
}

async function withAmcheck(
  context: CheckContext,
  work: (schema: string) => Promise<StepResult>,
  without: () => Promise<StepResult>,
): Promise<StepResult> {
  try {
    const schema = await amcheckSchema(context.connection);
    return await (schema === undefined ? without() : work(identifier(schema)));
  } finally {
    await removeOwn(context.connection);
  }
}

async function readAll(context: CheckContext): Promise<StepResult> {
  const { connection } = context;
  const found = await askEach(context, TABLES, async ({ sql }) => {
    // Through the rows' own output functions, TOAST included, to nowhere.
    await connection.run(`copy (select * from ${sql}) to '/dev/null'`);
    return false;
  });
  const { status, summary } = judgeEach('table', 'Reading every row', found);
  // Rows that can be read may still be the wrong ones.
  return { status, summary: `${summary} amcheck is not installed here, so pages were not looked into.` };
}

export const heaps: Check = {
  name: 'heap integrity',
  run: async (context) => {
    const { connection } = context;
    if (connection.serverVersion < HEAP_SINCE) return readAll(context);
    return withAmcheck(
      context,
      async (schema) => {
        const found = await askEach(context, HEAPS, async ({ oid }) => {
          const sql = `select 1 from ${schema}.verify_heapam(${oid}::oid::regclass, on_error_stop => true, check_toast => true) limit 1`;
          return (await ask(connection, sql)).length > 0;
        });
        return judgeEach('table', 'amcheck', found);
      },
      () => readAll(context),
    );
  },
};

export const trees: Check = {
  name: 'B-tree integrity',
  run: async (context) =>
    withAmcheck(
      context,
      async (schema) => {
        const found = await askEach(context, TREES, async ({ oid }) => {
          await context.connection.run(`select ${schema}.bt_index_parent_check(${oid}::oid::regclass, true)`);
          return false;
        });
        return judgeEach('index', 'amcheck', found);
      },
      async () => skipped('amcheck is not installed here (Debian: postgresql-contrib has it).'),
    ),
};
