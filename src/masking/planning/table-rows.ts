import type { MaskingProfile } from '../profile/profile.ts';
import type { RuleBook } from '../profile/rules.ts';
import type { SourceSchema, SourceTable } from '../source.ts';
import { type Columns, tableName } from './column-id.ts';
import { partitionRoot } from './compile.ts';
import { checkCondition } from './links.ts';
import type { Report } from './missing.ts';

export type RowRules = {
  readonly rows: 'copy' | 'empty';
  readonly subset: string | undefined;
  readonly sample: number | undefined;
  readonly kept: string | undefined;
};

type Context = { readonly book: RuleBook; readonly profile: MaskingProfile; readonly report: Report };

/** Which rows of a table are taken, and which of them are not masked; of a partition by its partitioned table's rules. */
export function tableRowRules(
  table: SourceTable,
  root: SourceTable,
  { book, profile, report }: Context,
): RowRules {
  const rules = book(root.schema, root.name);
  const where = tableName(table);
  const foreignEmpty = table.kind === 'foreign table' && book(table.schema, table.name).own?.rows === 'empty';
  if (table.kind === 'foreign table' && rules.rows !== 'empty' && !foreignEmpty) {
    report.problem(where, 'is a foreign table: its rows are another server’s', `${where}: empty   # tables:`);
  }
  const rows = table.kind === 'foreign table' ? 'empty' : rules.rows;
  if (rows === 'empty') return { rows, subset: undefined, sample: undefined, kept: undefined };
  if (rules.sample !== undefined && !table.keys.some(({ kind }) => kind === 'primary key')) {
    report.problem(
      where,
      'a sample goes by the primary key, and it has none',
      'Use subset with a condition instead of sample.',
    );
  }
  const { subset } = rules;
  const keep = profile.keep.find((one) => one.schema === root.schema && one.table === root.name);
  if (keep && table === root) {
    report.note(
      `${where}: rows with ${keep.where} are not masked, but for keys (${keep.reason}; ${keep.owner}).`,
    );
  }
  return {
    rows,
    subset:
      subset === undefined ? undefined : checkCondition(subset, table, `${where}, subset`, report, true),
    sample: rules.sample,
    kept: keep && checkCondition(keep.where, table, `${where}, keep`, report),
  };
}

/** Estimated rows by tableKey; of a partitioned table those of its partitions together. */
export function rowsOf(schema: SourceSchema, columns: Columns): ReadonlyMap<string, number> {
  const sums = new Map<SourceTable, number>();
  for (const table of schema.tables.values()) {
    const root = partitionRoot(table, columns);
    if (table.kind === 'partitioned table' || table.rows === undefined) continue;
    sums.set(root, (sums.get(root) ?? 0) + table.rows);
  }
  return new Map(
    [...schema.tables].flatMap(([key, table]) => {
      const rows = table.kind === 'partitioned table' ? sums.get(table) : table.rows;
      return rows === undefined ? [] : [[key, rows] as const];
    }),
  );
}
