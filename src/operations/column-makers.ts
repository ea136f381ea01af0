import { applyStatement } from '../sql/apply.ts';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { settled } from '../sql/catalog-edit.ts';
import { identifierText } from '../sql/identifier.ts';
import { bareName, schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';

/** The schema after a change, and the statement that gave a column the type that it has then. */
export type ColumnMakers = {
  readonly after: Catalog;
  /** Names as SQL writes the table, and as the catalog has the column. */
  readonly makerOf: (table: string, column: string) => Statement | undefined;
};

type Step = { readonly statement: Statement; readonly relations: Catalog['relations'] };

/** Applies the statements; who made a column is looked up only when it is asked. */
export function columnMakers(before: Catalog, statements: readonly Statement[]): ColumnMakers {
  const steps: Step[] = [];
  let catalog = before;
  for (const statement of statements) {
    const next = applyStatement(catalog, statement);
    if (next.relations !== catalog.relations) steps.push({ statement, relations: next.relations });
    catalog = next;
  }
  const names = new Map([...catalog.relations.keys()].map((name) => [writtenName(name), name]));
  const known = new Map<string, ReadonlyMap<string, Statement>>();
  return {
    after: settled(catalog),
    makerOf: (table, column) => {
      const makers = known.get(table) ?? makersOf(names.get(table) ?? table, before, steps);
      known.set(table, makers);
      return makers.get(column);
    },
  };
}

function writtenName(name: string): string {
  return `${identifierText(schemaOf(name))}.${identifierText(bareName(name))}`;
}

/** By column: the last statement after which it was there and was not before, or had another type. */
function makersOf(table: string, before: Catalog, steps: readonly Step[]): ReadonlyMap<string, Statement> {
  const makers = new Map<string, Statement>();
  let was: Relation | undefined = before.relations.get(table);
  for (const { statement, relations } of steps) {
    const is = relations.get(table);
    if (is?.columns !== was?.columns) {
      const old = new Map(was?.columns.map(({ name, type }) => [name, type]));
      for (const { name, type } of is?.columns ?? []) if (old.get(name) !== type) makers.set(name, statement);
    }
    was = is;
  }
  return makers;
}
