import { settingOf } from '../masking/keys.ts';
import type { MaskPlan, TablePlan } from '../masking/mask-plan.ts';
import type { SourceColumn, SourceSchema, SourceTable } from '../masking/source.ts';
import { identifier, literal, qualified } from '../postgres/quote.ts';
import { type Edge, hasOwnRestriction, type SubsetGraph, subsetGraph } from './subset-graph.ts';

/** The key's domain for samples: equal primary keys are kept or left out together, in whatever table. */
export const SAMPLE_DOMAIN = 'pullgres sample';

/** References followed from one table; with more of them the rest is pruned after loading, which is exact too. */
const MOST_PATHS = 64;

/** A reference whose rows without a parent are removed in the target. */
export type PruneRule = {
  readonly table: string;
  readonly references: string;
  readonly name: string;
  readonly edge: Edge;
};

export type Subsetting = {
  /** By tableKey: conditions of WHERE over the own row, joined by AND. Tables that are taken whole are missing. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
  /** What no condition can say: references within a cycle, and all that hang on one. */
  readonly prune: readonly PruneRule[];
  readonly graph: SubsetGraph;
};

/** The domains whose keys a refresh by this plan needs. */
export function domainsOf(plan: MaskPlan): readonly string[] {
  const sampled = [...plan.tables.values()].some(({ sample }) => sample !== undefined && sample < 1);
  return sampled ? [...new Set([...plan.domains, SAMPLE_DOMAIN])] : plan.domains;
}

/**
 * Works out which rows are read, so that every reference of a row that is taken leads to a row that is taken.
 * A reference with a NULL in it, or to a row that the source itself lacks (NOT VALID, linked), keeps its row.
 */
export function subsetting(plan: MaskPlan, schema: SourceSchema): Subsetting {
  const graph = subsetGraph(plan, schema);
  const conditions = new Map<string, readonly string[]>();
  const prune: PruneRule[] = [];
  for (const [key, table] of plan.tables) {
    if (table.rows === 'empty') continue;
    const { paths, exact } = pathsFrom(key, graph);
    const found = [...ownConditions(table), ...paths.map((path) => absence(table.table, path, graph))];
    if (found.length > 0) conditions.set(key, found);
    if (!exact) for (const edge of graph.edges.get(key) ?? []) prune.push(pruneRule(key, edge));
  }
  return { conditions, prune, graph };
}

function pruneRule(table: string, edge: Edge): PruneRule {
  return { table, references: edge.key.references, name: edge.key.name, edge };
}

type Paths = { readonly paths: readonly (readonly Edge[])[]; readonly exact: boolean };

/** All ways by which a row can lose what it refers to: chains of references that end in a table with a condition of its own. */
function pathsFrom(start: string, graph: SubsetGraph): Paths {
  const paths: (readonly Edge[])[] = [];
  let exact = true;
  const follow = (at: string, path: readonly Edge[], visited: ReadonlySet<string>): void => {
    for (const edge of graph.edges.get(at) ?? []) {
      const to = edge.key.references;
      const here = [...path, edge];
      if (
        visited.has(to) ||
        graph.leaves.get(to)?.some((leaf) => visited.has(leaf)) ||
        paths.length >= MOST_PATHS
      ) {
        exact = false;
        continue;
      }
      if (restrictsItself(to, graph)) paths.push(here);
      follow(to, here, new Set([...visited, to, ...(graph.leaves.get(to) ?? [])]));
    }
  };
  follow(start, [], new Set([start]));
  return { paths, exact };
}

function restrictsItself(key: string, graph: SubsetGraph): boolean {
  return holders(key, graph).some((plan) => hasOwnRestriction(plan));
}

/** The plans of the tables that hold the rows of a table: its own, or its partitions'. */
function holders(key: string, graph: SubsetGraph): readonly TablePlan[] {
  return (graph.leaves.get(key) ?? [key]).flatMap((leaf) => graph.plans.get(leaf) ?? []);
}

/**
 * "No row that I refer to is left out": an anti-join, which the planner hashes, over derived tables, in which an
 * unqualified name of a condition can only be a column of its own table.
 */
function absence(table: SourceTable, path: readonly Edge[], graph: SubsetGraph): string {
  const [first, ...rest] = path;
  if (first === undefined) throw new Error('a path of references has at least one');
  const joins = path.map((edge, at) => {
    const next = path[at + 1];
    const relation = next === undefined ? leftOut(edge, graph) : passing(edge, next, graph);
    return `${relation} AS ${alias(at)}`;
  });
  const links = rest.map((edge, at) =>
    equality(edge, alias(at), graph.tables.get(path[at]?.key.references ?? ''), at + 1),
  );
  const own = equality(first, relationName(table), table, 0);
  const lost = `EXISTS (SELECT FROM ${joins.join(', ')} WHERE ${[own, ...links].join(' AND ')})`;
  return first.key.when === undefined ? `NOT ${lost}` : `((${first.key.when}) IS NOT TRUE OR NOT ${lost})`;
}

const alias = (at: number): string => identifier(`pullgres_parent_${at}`);

function relationName(table: SourceTable): string {
  return qualified(table.schema, table.name);
}

/** The rows of a path's middle table, with the columns by which it is entered and left. */
function passing(edge: Edge, next: Edge, graph: SubsetGraph): string {
  const columns = columnList([...edge.key.referencedColumns, ...next.key.columns]);
  const when = next.key.when === undefined ? '' : ` WHERE (${next.key.when})`;
  return `(SELECT ${columns} FROM ${relationOf(edge.key.references, graph)}${when})`;
}

/** The rows of a path's last table that its own conditions leave out. */
function leftOut(edge: Edge, graph: SubsetGraph): string {
  const columns = columnList(edge.key.referencedColumns);
  const parts = holders(edge.key.references, graph);
  const conditions = new Set(parts.map((plan) => ownExclusion(plan)));
  const [only] = conditions;
  if (conditions.size === 1 && only !== undefined)
    return `(SELECT ${columns} FROM ${relationOf(edge.key.references, graph)} WHERE ${only})`;
  const each = parts
    .filter((plan) => hasOwnRestriction(plan))
    .map((plan) => `SELECT ${columns} FROM ONLY ${relationName(plan.table)} WHERE ${ownExclusion(plan)}`);
  return `(${each.join(' UNION ALL ')})`;
}

function relationOf(key: string, graph: SubsetGraph): string {
  const table = graph.tables.get(key);
  if (table === undefined)
    throw new Error(`the plan refers to the table ${key}, which the source does not have`);
  return `${table.kind === 'partitioned table' ? '' : 'ONLY '}${relationName(table)}`;
}

function columnList(names: readonly string[]): string {
  return [...new Set(names)].map(identifier).join(', ');
}

function ownExclusion(plan: TablePlan): string {
  if (plan.rows === 'empty') return 'true';
  const own = ownConditions(plan);
  return own.length === 0 ? 'false' : `(${own.join(' AND ')}) IS NOT TRUE`;
}

function ownConditions(plan: TablePlan): readonly string[] {
  return [
    ...(plan.subset === undefined ? [] : [`(${plan.subset})`]),
    ...(plan.sample === undefined || plan.sample >= 1 ? [] : [sampleCondition(plan.table, plan.sample)]),
  ];
}

/** The keyed hash of the primary key as a number of 63 bits, below the fraction of their range. Without a primary key, of the whole row. */
function sampleCondition(table: SourceTable, fraction: number): string {
  const parts = table.keys.find(({ kind }) => kind === 'primary key')?.parts ?? [];
  const named = parts.flatMap((part) => ('column' in part ? [part.column] : []));
  const names = named.length > 0 ? named : table.columns.map(({ name }) => name);
  const row = `pg_catalog.textsend(ROW(${names.map(identifier).join(', ')})::text)`;
  const key = `pg_catalog.decode(pg_catalog.current_setting(${literal(settingOf(SAMPLE_DOMAIN))}), 'hex')`;
  const hash = `pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(${key} || ${row}), 1, 8), 'hex')`;
  const limit = BigInt(Math.round(fraction * 2 ** 53)) << 10n;
  return `(('x' || ${hash})::bit(64)::bigint & 9223372036854775807) < ${limit}`;
}

function equality(edge: Edge, left: string, table: SourceTable | undefined, right: number): string {
  return edge.key.columns
    .map((name, at) => {
      const column = table?.columns.find((candidate) => candidate.name === name);
      const other = edge.key.referencedColumns[at] ?? '';
      return `${left}.${identifier(name)} ${equalsOf(column)} ${alias(right)}.${identifier(other)}`;
    })
    .join(' AND ');
}

/** The type's own operator: with an empty search_path a citext would be compared as text. */
export function equalsOf(column: SourceColumn | undefined): string {
  const type = column?.type;
  const own =
    type !== undefined &&
    type.baseSchema !== 'pg_catalog' &&
    ['text', 'other', 'hstore'].includes(type.category);
  return own ? `OPERATOR(${identifier(type.baseSchema)}.=)` : '=';
}
