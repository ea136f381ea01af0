import type { Catalog, Relation } from '../sql/catalog.ts';
import { splitType } from '../sql/types.ts';
import type { RuleContext } from './context.ts';

/** Whether the change itself makes the type; one that nobody knows was there before. */
export function isNewType(name: string, { catalog, before }: RuleContext): boolean {
  return catalog.types.has(name) && !before.types.has(name);
}

/** A column of a type, an array of it, or a domain over it. */
export type TypedColumn = { readonly table: string; readonly column: string };

/** The columns of tables that were there before the change and hold values of a type. */
export function columnsOfType(catalog: Catalog, type: string): readonly TypedColumn[] {
  const types = typesOver(catalog, type);
  return [...catalog.relations.values()]
    .filter(holdsRows)
    .flatMap(({ name: table, columns }) =>
      columns
        .filter((one) => types.has(splitType(one.type).base))
        .map(({ name: column }) => ({ table, column })),
    );
}

function holdsRows({ kind, isNew }: Relation): boolean {
  return !isNew && (kind === 'table' || kind === 'partitioned table' || kind === 'materialized view');
}

/** The type and the domains that stand on it, however many deep. */
function typesOver({ types }: Catalog, type: string): ReadonlySet<string> {
  const found = new Set([type]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const [name, { base }] of types) if (base !== undefined && found.has(base)) found.add(name);
  }
  return found;
}
