import type { MaskPlan, TablePlan } from '../masking/mask-plan.ts';
import type { SourceSchema } from '../masking/source.ts';
import {
  broughtColumns,
  keyColumns,
  madeRows,
  type RowParts,
  rowsByKey,
  rowsThere,
} from '../masking/verification/row-query.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { thousands } from '../thousands.ts';
import { tableName } from './copy-table.ts';
import { subsetting } from './subset.ts';

type Session = Pick<Connection, 'query' | 'script'>;
type Problem = { readonly where: string; readonly what: string };

export type ProveRows = {
  readonly plan: MaskPlan;
  readonly schema: SourceSchema;
  /** Inside of the transaction with the snapshot, with the masks' keys set. */
  readonly source: Session;
  readonly target: Session;
  /** By tableKey: rows that were copied and removed again. */
  readonly pruned: ReadonlyMap<string, number>;
  /** Decides which rows are looked at. */
  readonly seed: number;
};

/**
 * Makes rows of every table once more as the plan says, and looks for them in the copy: what went through another mask than
 * the plan's, or through none, is not there. The other checks know a value by its look, which a date, an amount or a short
 * code has not. Compared are hashes that the servers make, so no value is read.
 */
export async function proveRows(request: ProveRows): Promise<Verdict> {
  const { conditions } = subsetting(request.plan, request.schema);
  const problems: Problem[] = [];
  const gaps: Problem[] = [];
  let rows = 0;
  const tables = [...request.plan.tables.values()].filter(isCompared);
  for (const plan of tables) {
    const table = { ...request, table: plan, conditions: conditions.get(plan.key) ?? [] };
    const found = await guarded(request.source, plan, () => compare(table));
    if ('gap' in found) gaps.push(found.gap);
    else {
      rows += found.rows;
      problems.push(...found.problems);
    }
  }
  const said = problems.length === 0 ? 'each is in the copy' : 'not every one is in the copy';
  return {
    status: statusOf(problems.length, gaps.length),
    summary: `${thousands(rows)} rows of ${thousands(tables.length)} tables made anew as the plan says: ${said}.`,
    problems: [...problems, ...gaps],
  };
}

function isCompared(plan: TablePlan): boolean {
  const withExtension = plan.table.ofExtension !== undefined;
  return (
    plan.rows === 'copy' && plan.table.kind === 'table' && !withExtension && broughtColumns(plan).length > 0
  );
}

type Compared = { readonly rows: number; readonly problems: readonly Problem[] };

async function guarded(
  source: Session,
  plan: TablePlan,
  work: () => Promise<Compared>,
): Promise<Compared | { gap: Problem }> {
  await source.script('SAVEPOINT pullgres_rows');
  try {
    const found = await work();
    await source.script('RELEASE SAVEPOINT pullgres_rows');
    return found;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    await source.script('ROLLBACK TO SAVEPOINT pullgres_rows');
    // The server's text can hold values.
    return {
      gap: { where: tableName(plan), what: `Its rows could not be compared: SQLSTATE ${error.code}.` },
    };
  }
}

type Comparing = ProveRows & { readonly table: TablePlan; readonly conditions: readonly string[] };

async function compare(comparing: Comparing): Promise<Compared> {
  const { table, source, target } = comparing;
  const made = countOf((await source.query(madeRows(table, { ...comparing, parts: 'whole' }))).rows);
  if (made.size === 0) return { rows: 0, problems: [] };
  const there = new Map(
    (await target.query(rowsThere(table), [[...made.keys()]])).rows.map(({ pullgres_h: hash, n }) => [
      String(hash),
      Number(n),
    ]),
  );
  const rows = sum(made.values());
  const missing = new Map([...made].filter(([hash, count]) => count > (there.get(hash) ?? 0)));
  if (missing.size === 0) return { rows, problems: [] };
  const columns = await columnsApart(comparing, new Set(missing.keys()));
  const lost = sum([...missing].map(([hash, count]) => count - (there.get(hash) ?? 0)));
  const mayBePruned = lost <= (comparing.pruned.get(table.key) ?? 0);
  if (columns.length > 0) return { rows, problems: columns };
  if (mayBePruned) return { rows, problems: [] };
  const what = `${thousands(lost)} of ${thousands(rows)} rows are not in the copy as the plan makes them.`;
  return { rows, problems: [{ where: `${table.table.schema}.${table.table.name}`, what }] };
}

function countOf(rows: readonly Record<string, unknown>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { pullgres_h: hash } of rows) counts.set(String(hash), (counts.get(String(hash)) ?? 0) + 1);
  return counts;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Of the rows that are missing as they should be: the columns in which the copy's row of the same key differs. */
async function columnsApart(comparing: Comparing, missing: ReadonlySet<string>): Promise<readonly Problem[]> {
  const { table, source, target } = comparing;
  const key = keyColumns(table);
  if (key.length === 0) return [];
  const columns = broughtColumns(table).filter((name) => !key.includes(name));
  const parts: RowParts = { key, columns };
  const made = (await source.query(madeRows(table, { ...comparing, parts }))).rows.filter(
    ({ pullgres_h: hash }) => missing.has(String(hash)),
  );
  const keys = made.map(({ pullgres_k: one }) => String(one));
  const there = new Map(
    (await target.query(rowsByKey(table, parts), [keys])).rows.map((row) => [String(row.pullgres_k), row]),
  );
  const both = made.flatMap((row) => {
    const own = there.get(String(row.pullgres_k));
    return own === undefined ? [] : [{ row, own }];
  });
  return columns.flatMap((name, at) => {
    const apart = both.filter(({ row, own }) => row[`pullgres_c${at}`] !== own[`pullgres_c${at}`]).length;
    const what = `${thousands(apart)} rows have another value than the plan makes for them.`;
    return apart === 0 ? [] : [{ where: `${table.table.schema}.${table.table.name}.${name}`, what }];
  });
}
