import type { SourceColumn, SourceTable } from '../source.ts';
import type { Compiled, Refusal, Strategy } from '../strategy.ts';
import { type Columns, columnId, type Place } from './column-id.ts';

/** Makes SQL of a strategy for one column, or says why that cannot be (src/masking/strategies/compile.ts). */
export type CompileStrategy = (
  strategy: Strategy,
  context: {
    readonly column: SourceColumn;
    readonly table: SourceTable;
    readonly domain: string;
    /** The row's other columns as they are masked, for `derive`. */
    readonly masked?: ReadonlyMap<string, string>;
  },
) => Compiled | { readonly refusal: Refusal };

export type CompileColumn = (
  place: Place,
  strategy: Strategy,
  domain: string,
  masked?: ReadonlyMap<string, string>,
) => Compiled | { readonly refusal: Refusal };

/**
 * Compiles a column as its topmost parent has it, once for all partitions: the mask of a value may not depend on the
 * partition that it stands in. A partition's further checks are held against the strategy too.
 */
export function columnCompiler(compile: CompileStrategy, columns: Columns): CompileColumn {
  const made = new Map<string, ReturnType<CompileStrategy>>();
  return (place, strategy, domain, masked) => {
    const shape = topmost(place, columns);
    const key = `${columnId(shape)} ${domain} ${JSON.stringify(strategy)}`;
    const compileAt = (one: Place) =>
      compile(strategy, { ...one, domain, ...(masked === undefined ? {} : { masked }) });
    const compiled = made.get(key) ?? compileAt(shape);
    made.set(key, compiled);
    if ('refusal' in compiled || shape.column === place.column || !hasOwnChecks(place, shape))
      return compiled;
    const own = compileAt(place);
    return 'refusal' in own ? own : compiled;
  };
}

function hasOwnChecks({ table, column }: Place, shape: Place): boolean {
  const above = new Set(shape.table.checks.map(({ expression }) => expression));
  return table.checks.some(
    ({ columns, expression }) => columns.includes(column.name) && !above.has(expression),
  );
}

/** The column where it is declared: of the partitioned table, or of the first parent that has it. */
export function topmost(place: Place, columns: Columns): Place {
  let at = place;
  // A table has no circle of parents, but a schema is only data.
  for (let steps = 0; steps < 100; steps++) {
    const keys = at.table.partitionOf === undefined ? at.table.inherits : [at.table.partitionOf];
    const parents = keys.flatMap((key) => columns.byKey(key) ?? []);
    const above = parents.flatMap((parent) => columns.column(parent, at.column.name) ?? [])[0];
    if (above === undefined) return at;
    at = above;
  }
  return at;
}

/** The partitioned table that a partition belongs to, through all levels; a table itself otherwise. */
export function partitionRoot(table: SourceTable, columns: Columns): SourceTable {
  let at = table;
  for (let steps = 0; steps < 100 && at.partitionOf !== undefined; steps++) {
    const above = columns.byKey(at.partitionOf);
    if (above === undefined) return at;
    at = above;
  }
  return at;
}
