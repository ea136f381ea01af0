import type { Catalog } from '../sql/catalog.ts';
import { childrenOf } from '../sql/graph.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import { bareName, schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { type CreatedIndex, indexDefinition } from './index-statements.ts';
import { code } from './words.ts';

/**
 * How to make an index of a partitioned table without blocking writers. ON ONLY makes one that waits for its parts
 * (documentation, CREATE INDEX, "Building Indexes Concurrently"). The parts come first: what is refused in a
 * transaction should have nothing committed before it.
 */
export function indexByParts(statement: Statement, made: CreatedIndex, catalog: Catalog): string {
  const definition = indexDefinition(statement, made.node);
  const partition = childrenOf(catalog, made.table).find(({ kind, isNew }) => kind === 'table' && !isNew);
  const unique = made.node.unique ? 'UNIQUE ' : '';
  const index = identifierText(bareName(made.index));
  if (definition === undefined || partition === undefined)
    return `Build one ${code('CONCURRENTLY')} on each partition, create ${code(index)} with ${code(`ON ONLY ${qualifiedText(made.table)}`)}, and attach those to it with ${code('ATTACH PARTITION')}.`;
  const own = `${bareName(partition.name)}_${bareName(made.index)}`;
  const part = `CREATE ${unique}INDEX CONCURRENTLY ${identifierText(own)} ON ${qualifiedText(partition.name)} ${definition}`;
  const whole = `CREATE ${unique}INDEX ${index} ON ONLY ${qualifiedText(made.table)} ${definition}`;
  const attach = `ALTER INDEX ${qualifiedText(made.index)} ATTACH PARTITION ${qualifiedText(`${schemaOf(partition.name)}.${own}`)}`;
  return `Write ${code(part)} for each partition, outside a transaction, then ${code(whole)}, and ${code(attach)} for each.`;
}
