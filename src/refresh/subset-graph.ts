import type { MaskPlan, TablePlan } from '../masking/mask-plan.ts';
import type { SourceForeignKey, SourceSchema, SourceTable } from '../masking/source.ts';

/** A reference between two tables of the plan, declared or linked. */
export type Edge = { readonly from: string; readonly key: SourceForeignKey };

/**
 * What a subset does to tables that refer to one another. Keys are tableKeys; a partitioned table stands beside its
 * partitions, since references name it.
 */
export type SubsetGraph = {
  readonly tables: ReadonlyMap<string, SourceTable>;
  readonly plans: ReadonlyMap<string, TablePlan>;
  /** By table: its own and its partitioned ancestors' references to tables that may lack rows. */
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
  /** Partitioned tables' partitions that hold rows, however deep. */
  readonly leaves: ReadonlyMap<string, readonly string[]>;
  /** Tables that may lack rows: by a condition of their own, or because of what they refer to. */
  readonly restricted: ReadonlySet<string>;
};

/** Whether rows of the table are left out by the plan's own words for it. */
export function hasOwnRestriction(plan: TablePlan): boolean {
  return plan.rows === 'empty' || plan.subset !== undefined || (plan.sample !== undefined && plan.sample < 1);
}

export function subsetGraph(plan: MaskPlan, schema: SourceSchema): SubsetGraph {
  const tables = new Map(schema.tables);
  for (const [key, { table }] of plan.tables) tables.set(key, table);
  const leaves = leavesOf(plan, tables);
  const all = new Map([...tables.keys()].map((key) => [key, edgesOf(key, tables)]));
  const restricted = restrictedTables(plan, all, leaves);
  const edges = new Map(
    [...all].map(([key, found]) => [key, found.filter((edge) => restricted.has(edge.key.references))]),
  );
  return { tables, plans: plan.tables, edges, leaves, restricted };
}

function ancestors(key: string, tables: ReadonlyMap<string, SourceTable>): readonly string[] {
  const found: string[] = [];
  for (let at = tables.get(key)?.partitionOf; at !== undefined; at = tables.get(at)?.partitionOf)
    found.push(at);
  return found;
}

function leavesOf(
  plan: MaskPlan,
  tables: ReadonlyMap<string, SourceTable>,
): ReadonlyMap<string, readonly string[]> {
  const leaves = new Map<string, string[]>();
  for (const key of plan.tables.keys())
    for (const ancestor of ancestors(key, tables))
      leaves.set(ancestor, [...(leaves.get(ancestor) ?? []), key]);
  return leaves;
}

/**
 * A partition has its parents' references too. One that names a partition although another names that partition's
 * parent is how the server keeps the latter (docs: 53.13, conparentid): it asks for no row in that partition alone.
 */
function edgesOf(key: string, tables: ReadonlyMap<string, SourceTable>): readonly Edge[] {
  const found = new Map<string, Edge>();
  for (const owner of [key, ...ancestors(key, tables)])
    for (const reference of tables.get(owner)?.foreignKeys ?? []) {
      const identity = JSON.stringify([
        reference.columns,
        reference.references,
        reference.referencedColumns,
        reference.when,
      ]);
      if (!found.has(identity)) found.set(identity, { from: key, key: reference });
    }
  const edges = [...found.values()];
  return edges.filter(
    ({ key: one }) =>
      !edges.some(
        ({ key: other }) =>
          ancestors(one.references, tables).includes(other.references) &&
          String(one.columns) === String(other.columns),
      ),
  );
}

function restrictedTables(
  plan: MaskPlan,
  edges: ReadonlyMap<string, readonly Edge[]>,
  leaves: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const restricted = new Set<string>();
  for (const [key, table] of plan.tables) if (hasOwnRestriction(table)) restricted.add(key);
  for (let before = -1; before !== restricted.size; ) {
    before = restricted.size;
    for (const [root, parts] of leaves) if (parts.some((part) => restricted.has(part))) restricted.add(root);
    for (const key of plan.tables.keys())
      if (edges.get(key)?.some((edge) => restricted.has(edge.key.references))) restricted.add(key);
  }
  return restricted;
}
