import type { Detection } from './detection/detection.ts';
import type { ColumnMask, MaskPlan, PlannedColumn, PlanProblem, TablePlan } from './mask-plan.ts';
import { tableName } from './planning/column-id.ts';
import { type CompileStrategy, partitionRoot } from './planning/compile.ts';
import { checkKeys, type States } from './planning/keys.ts';
import { summarizeNotes } from './planning/notes.ts';
import { type Preparation, preparePlan } from './planning/prepare.ts';
import { partitionReport } from './planning/report-once.ts';
import { tableColumns } from './planning/table-columns.ts';
import { noteReferences, reportPartitionColumns, reportPartitionRules } from './planning/table-problems.ts';
import { type RowRules, tableRowRules } from './planning/table-rows.ts';
import { canonical } from './profile/canonical.ts';
import type { MaskingProfile } from './profile/profile.ts';
import { type SourceSchema, type SourceTable, tableKey } from './source.ts';
import { compileStrategy } from './strategies/compile.ts';

export type PlanInput = {
  readonly profile: MaskingProfile;
  readonly schema: SourceSchema;
  /** By `JSON.stringify([schema, table, column])`. */
  readonly detections?: ReadonlyMap<string, readonly Detection[]> | undefined;
  /** ISO 8601 day. */
  readonly today: string;
};

/** Works out what becomes of every column of every table, or tells all that stands in the way. */
export function planMasks(
  input: PlanInput,
  compile: CompileStrategy = compileStrategy,
): { readonly plan: MaskPlan } | { readonly problems: readonly PlanProblem[] } {
  const ready = preparePlan(input, compile);
  const made = new Map(ready.tables.map((table) => [table, planTable(table, ready)]));
  const { problems } = ready.report;
  if (problems.length > 0) return { problems };
  return { plan: joined(made, ready) };
}

type Made = {
  readonly plan: TablePlan | undefined;
  readonly rules: RowRules;
  readonly states: States;
  readonly domains: readonly string[];
  readonly risks: MaskPlan['risks'];
};

function joined(made: ReadonlyMap<SourceTable, Made>, { report, automatic }: Preparation): MaskPlan {
  const all = [...made.values()];
  const plans = new Map(all.flatMap(({ plan }) => (plan ? [[plan.key, plan] as const] : [])));
  const emptied = [...made].filter(([, { rules }]) => rules.rows === 'empty').map(([table]) => table);
  noteReferences(
    all.flatMap(({ plan }) => (plan?.rows === 'copy' ? [plan.table] : [])),
    new Map(emptied.map((table) => [keyOf(table), table])),
    new Map([...made.values()].flatMap(({ plan, states }) => (plan ? [[plan.table, states] as const] : []))),
    report,
  );
  return {
    tables: plans,
    domains: [...new Set(all.flatMap(({ domains }) => domains))].toSorted(),
    risks: all.flatMap(({ risks }) => risks),
    notes: summarizeNotes(report.notes, automatic(), plans),
  };
}

function planTable(table: SourceTable, ready: Preparation): Made {
  const { book, profile, columns, links } = ready;
  const root = partitionRoot(table, columns);
  const isPartition = root !== table;
  // What is wrong with a partition's column is wrong with its table's, and told there.
  const report = isPartition
    ? partitionReport(ready.report, ready.told(), tableName(table), tableName(root))
    : ready.report;
  if (isPartition) reportPartitionRules(table, root, book, ready.report);
  const rules = tableRowRules(table, root, { book, profile, report });
  const linked = { ...table, foreignKeys: [...table.foreignKeys, ...(links.get(keyOf(root)) ?? [])] };
  if (rules.rows === 'empty') {
    return { plan: planOf(linked, rules, () => EMPTY), rules, states: new Map(), domains: [], risks: [] };
  }
  const { masks, states, domains } = tableColumns(table, { ...ready, report, kept: rules.kept });
  reportPartitionColumns(table, states, report);
  const keys = isPartition ? ownKeys(table, root) : table.keys;
  const risks = checkKeys(table, keys, states, ready.rowCounts.get(keyOf(table)), report);
  return { plan: planOf(linked, rules, (name) => masks.get(name)), rules, states, domains, risks };
}

/** Of an emptied table nothing is taken. */
const EMPTY: ColumnMask = { kind: 'masked', strategy: { as: 'empty' }, domain: 'empty', sql: 'NULL' };

/** A partitioned table holds no rows and has no plan; nor has one with a column that nothing is known of, which was told. */
function planOf(
  table: SourceTable,
  { rows, subset, sample, kept }: RowRules,
  maskOf: (column: string) => ColumnMask | undefined,
): TablePlan | undefined {
  if (table.kind === 'partitioned table') return undefined;
  const columns = table.columns.flatMap(({ name }): PlannedColumn[] => {
    const mask = maskOf(name);
    return mask ? [{ name, mask }] : [];
  });
  if (columns.length < table.columns.length) return undefined;
  return { key: keyOf(table), table, rows, columns, subset, sample, kept };
}

/** A partition's keys that its table does not have. */
function ownKeys(table: SourceTable, root: SourceTable): SourceTable['keys'] {
  const above = new Set(root.keys.map(({ kind, parts }) => canonical([kind, parts])));
  return table.keys.filter(({ kind, parts }) => !above.has(canonical([kind, parts])));
}

function keyOf({ schema, name }: SourceTable): string {
  return tableKey(schema, name);
}
