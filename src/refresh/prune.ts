import type { Connection } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import { equalsOf, type PruneRule, type Subsetting } from './subset.ts';

export type Pruned = {
  /** tableKey. */
  readonly table: string;
  /** Name of the foreign key or link. */
  readonly rule: string;
  readonly rows: number;
};

/**
 * Removes from the target, over and over until nothing is left to remove, the rows whose parents are not there: references
 * in cycles, for which no condition at the source can tell who stays. The removed rows are masked ones; VACUUM takes
 * them out of the pages.
 * @throws ProviderError without any value.
 */
export async function pruneOrphans(target: Connection, subset: Subsetting): Promise<readonly Pruned[]> {
  const counts = new Map<PruneRule, number>(subset.prune.map((rule) => [rule, 0]));
  await vacuum(target, subset.prune, 'ANALYZE', subset);
  for (let removed = -1; removed !== 0; ) {
    removed = 0;
    for (const rule of subset.prune) {
      const rows = await remove(target, rule, subset);
      counts.set(rule, (counts.get(rule) ?? 0) + rows);
      removed += rows;
    }
  }
  const touched = [...counts].filter(([, rows]) => rows > 0);
  await vacuum(
    target,
    touched.map(([rule]) => rule),
    'VACUUM',
    subset,
  );
  return touched.map(([{ table, name }, rows]) => ({ table, rule: name, rows }));
}

async function remove(target: Connection, rule: PruneRule, subset: Subsetting): Promise<number> {
  const name = nameOf(rule.table, subset);
  try {
    const { rowCount } = await target.query(
      `DELETE FROM ONLY ${name} WHERE ${orphanCondition(rule, subset)}`,
    );
    return rowCount ?? 0;
  } catch (error) {
    throw withoutValues(
      error,
      `The target refused to remove rows of ${name} whose ${identifier(rule.name)} leads nowhere`,
    );
  }
}

/** True of rows whose reference has no NULL and finds nobody. */
function orphanCondition({ table, references, edge: { key } }: PruneRule, subset: Subsetting): string {
  const own = subset.graph.tables.get(table);
  const parent = subset.graph.tables.get(references);
  const only = parent?.kind === 'partitioned table' ? '' : 'ONLY ';
  const equal = key.columns.map((column, at) => {
    const type = own?.columns.find(({ name }) => name === column);
    const other = identifier(key.referencedColumns[at] ?? '');
    return `${nameOf(table, subset)}.${identifier(column)} ${equalsOf(type)} "pullgres_parent".${other}`;
  });
  const present = key.columns.map((column) => `${identifier(column)} IS NOT NULL`);
  const when = key.when === undefined ? [] : [`(${key.when})`];
  const missing = `NOT EXISTS (SELECT FROM ${only}${nameOf(references, subset)} AS "pullgres_parent" WHERE ${equal.join(' AND ')})`;
  return [...present, ...when, missing].join(' AND ');
}

function nameOf(key: string, subset: Subsetting): string {
  const table = subset.graph.tables.get(key);
  if (table === undefined) throw new Error(`the plan names the table ${key}, which the source does not have`);
  return qualified(table.schema, table.name);
}

async function vacuum(
  target: Connection,
  rules: readonly PruneRule[],
  command: 'VACUUM' | 'ANALYZE',
  subset: Subsetting,
): Promise<void> {
  const both =
    command === 'ANALYZE'
      ? rules.flatMap(({ table, references }) => [table, references])
      : rules.map(({ table }) => table);
  for (const key of new Set(both)) await target.script(`${command} ${nameOf(key, subset)}`);
}
