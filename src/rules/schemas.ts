import type { Catalog } from '../sql/catalog.ts';
import { schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';
import { earlierStatements } from './neighbours.ts';

/** The relations of a schema that are queried by name, sequences and indexes left out. */
export function tablesIn(catalog: Catalog, schema: string): readonly string[] {
  return [...catalog.relations.values()]
    .filter(({ name, kind }) => schemaOf(name) === schema && kind !== 'index' && kind !== 'sequence')
    .map(({ name }) => name);
}

/** Whether the change itself makes the schema: the file says so, or all that stands in it is new. */
export function isNewSchema(statement: Statement, context: RuleContext, schema: string): boolean {
  const made = earlierStatements(statement, context).some(
    ({ node }) => 'CreateSchemaStmt' in node && node.CreateSchemaStmt.schemaname === schema,
  );
  const inside = tablesIn(context.catalog, schema);
  const isAllNew = inside.every((name) => context.catalog.relations.get(name)?.isNew);
  return made || (inside.length > 0 && isAllNew);
}
