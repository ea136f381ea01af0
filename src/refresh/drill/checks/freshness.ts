import { qualified } from '../../../postgres/quote.ts';
import { failed, judgeFreshness, named } from '../judge.ts';
import type { FreshnessLimit } from '../limits.ts';
import type { StepResult } from '../steps.ts';
import { ask, type Check, type CheckContext } from './check.ts';

/** Also the age of the column's newest value in milliseconds, undefined when there is none. */
export type Freshness = StepResult & { readonly ageMs?: number | undefined };

const TIMES = ['timestamp', 'timestamptz', 'date'];

const TYPE = `select y.typname as type from pg_catalog.pg_attribute a
  join pg_catalog.pg_class r on r.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  join pg_catalog.pg_type y on y.oid = a.atttypid
  where n.nspname = $1 and r.relname = $2 and a.attname = $3 and a.attnum > 0 and not a.attisdropped`;

/** Asks one declared column. Times without a zone are taken as UTC, which the session is set to. */
export async function askFreshness(
  { connection, now }: Pick<CheckContext, 'connection' | 'now'>,
  limit: FreshnessLimit,
): Promise<Freshness> {
  const { schema, table, column } = limit;
  const type = (await ask<{ type: string }>(connection, TYPE, [schema, table, column]))[0]?.type;
  const name = named(`${schema}.${table}.${column}`);
  if (type === undefined) return failed(`There is no column ${name}.`);
  if (!TIMES.includes(type)) return failed(`${name} is no time: its type is ${named(type)}.`);
  // An infinite one would be the newest for ever.
  const sql = `select extract(epoch from $1::timestamptz - max(t.at)) * 1000 as age from (
    select ${qualified(column)}::timestamptz as at from ${qualified(schema, table)}
    where pg_catalog.isfinite(${qualified(column)})) t`;
  const age = (await ask<{ age: string | number | null }>(connection, sql, [now.toISOString()]))[0]?.age;
  const ageMs = age === null || age === undefined ? undefined : Number(age);
  return { ...judgeFreshness(limit, ageMs), ageMs };
}

export function freshnessCheck(limit: FreshnessLimit, onAge: (ageMs: number | undefined) => void): Check {
  return {
    name: `freshness: ${limit.schema}.${limit.table}.${limit.column}`,
    run: async (context) => {
      const result = await askFreshness(context, limit);
      onAge(result.ageMs);
      return { status: result.status, summary: result.summary };
    },
  };
}
