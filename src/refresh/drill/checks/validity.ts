import { qualified } from '../../../postgres/quote.ts';
import { counted, failed, names, passed } from '../judge.ts';
import type { StepResult } from '../steps.ts';
import { ask, type Check, OWN_SCHEMAS } from './check.ts';

/** The parent index of partitions is invalid as long as a partition lacks its own; that holds no rows. */
const INVALID_INDEXES = `select n.nspname || '.' || c.relname as name
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not (i.indisvalid and i.indisready and i.indislive) and ${OWN_SCHEMAS} order by 1`;

const UNVALIDATED = `select n.nspname || '.' || r.relname as relation, c.conname as name,
    n.nspname as schema, r.relname as table, pg_catalog.pg_get_expr(c.conbin, c.conrelid) as expression
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class r on r.oid = c.conrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  where not c.convalidated and c.contype = 'c' and r.relkind = 'r' and ${OWN_SCHEMAS} order by 1, 2`;

type Constraint = { relation: string; name: string; schema: string; table: string; expression: string };

export const invalidIndexes: Check = {
  name: 'invalid indexes',
  run: async ({ connection }): Promise<StepResult> => {
    const found = (await ask<{ name: string }>(connection, INVALID_INDEXES)).map(({ name }) => name);
    return found.length === 0
      ? passed('Every index is valid.')
      : failed(`Not valid, so no query uses them: ${names(found)}. Rebuild or drop them at the source.`);
  },
};

/** NOT VALID is a legitimate state of the source; rows against it are what nobody has looked at. Foreign keys have a check of their own. */
export const unvalidatedChecks: Check = {
  name: 'unvalidated constraints',
  run: async ({ connection }): Promise<StepResult> => {
    const found = await ask<Constraint>(connection, UNVALIDATED);
    const broken: string[] = [];
    for (const { relation, name, schema, table, expression } of found) {
      const sql = `select 1 from only ${qualified(schema, table)} where not (${expression}) limit 1`;
      if ((await ask(connection, sql)).length > 0) broken.push(`${relation}: ${name}`);
    }
    if (broken.length > 0) return failed(`NOT VALID, and rows are against them: ${names(broken)}.`);
    return passed(
      found.length === 0
        ? 'Every CHECK constraint is validated.'
        : `${counted(found.length, 'CHECK constraint is', 'CHECK constraints are')} NOT VALID, and no row is against them.`,
    );
  },
};
