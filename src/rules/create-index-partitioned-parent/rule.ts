import { childrenOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { type CreatedIndex, createdIndex, indexDefinition } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, context.catalog);
  if (made === undefined || made.isConcurrent || made.onTable?.kind !== 'partitioned table') return [];
  const built = onExisting(context.effects, context.catalog).filter(({ builds }) => builds !== undefined);
  if (built.length === 0) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `While the index ${code(index)} is built on ${listed(built.map(({ relation }) => relation))}, one after the other, nobody can write to ${code(made.table)} or any of its partitions.`,
      help: help(statement, made, context),
    },
  ];
}

/** CONCURRENTLY is refused on a partitioned table, ON ONLY makes an index that waits for its parts (documentation, CREATE INDEX). */
function help(statement: Statement, made: CreatedIndex, { catalog }: RuleContext): string {
  const definition = indexDefinition(statement, made.node);
  const partition = childrenOf(catalog, made.table).find(({ kind, isNew }) => kind === 'table' && !isNew);
  const unique = made.node.unique ? 'UNIQUE ' : '';
  const index = identifierText(bareName(made.index));
  if (definition === undefined || partition === undefined)
    return `Create ${code(index)} with ${code(`ON ONLY ${qualifiedText(made.table)}`)}, build it ${code('CONCURRENTLY')} on each partition, and attach those to it with ${code('ATTACH PARTITION')}.`;
  const own = `${bareName(partition.name)}_${bareName(made.index)}`;
  const whole = `CREATE ${unique}INDEX ${index} ON ONLY ${qualifiedText(made.table)} ${definition}`;
  const part = `CREATE ${unique}INDEX CONCURRENTLY ${identifierText(own)} ON ${qualifiedText(partition.name)} ${definition}`;
  const attach = `ALTER INDEX ${qualifiedText(made.index)} ATTACH PARTITION ${qualifiedText(`${schemaOf(partition.name)}.${own}`)}`;
  return `Write ${code(whole)}, then for each partition, outside a transaction, ${code(part)} and ${code(attach)}.`;
}

export const rule: Rule = {
  slug: 'create-index-partitioned-parent',
  section: 'indexes',
  title: 'CREATE INDEX on a partitioned table blocks writes on every partition',
  condition: 'An index is built on a partitioned table with its existing partitions.',
  effect: 'Writers of the whole table wait until the last partition is done.',
  workaround: 'Create it `ON ONLY` the parent, build one `CONCURRENTLY` on each partition, attach those.',
  severity: 'error',
  over: ['create-index-blocking'],
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: false, builds: true },
  check,
};
