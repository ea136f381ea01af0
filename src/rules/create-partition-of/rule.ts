import type { CreateStmt } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { boundText } from '../../sql/partition-bound.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdPartition, type PartitionStep } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdPartition(statement, context.catalog);
  if (made === undefined || !('CreateStmt' in statement.node)) return [];
  const isLocked = onExisting(context.effects, context.catalog).some(
    ({ relation, lock }) => relation === made.parent && lock === 'AccessExclusiveLock',
  );
  if (!isLocked) return [];
  return [
    {
      relation: made.parent,
      part: made.partition.slice(made.partition.indexOf('.') + 1),
      message: `To make the partition ${code(made.partition)}, the server waits for every query on ${code(made.parent)}, and until the transaction is over nobody else can read or write the whole table.`,
      help: help(made, statement.node.CreateStmt),
    },
  ];
}

/** ATTACH PARTITION locks the parent for other DDL only. Identity columns cannot be attached since 17, so they are not copied. */
function help({ parent, partition, bound }: PartitionStep, { partspec }: CreateStmt): string {
  const text = bound && boundText(bound);
  const [table, whole] = [qualifiedText(partition), qualifiedText(parent)];
  const own = partspec ? `, with its own ${code('PARTITION BY')},` : '';
  const create = `CREATE TABLE ${table} (LIKE ${whole} INCLUDING ALL EXCLUDING IDENTITY)`;
  const attach = `ALTER TABLE ${whole} ATTACH PARTITION ${table}${text === undefined ? '' : ` ${text}`}`;
  return `Write ${code(create)}${own} and then ${code(attach)}${text === undefined ? ' with the same bound' : ''}, which lets readers and writers of ${code(parent)} through.`;
}

export const rule: Rule = {
  slug: 'create-partition-of',
  section: 'partitions',
  title: 'CREATE TABLE … PARTITION OF stops all work on the partitioned table',
  condition: 'A partition is created in an existing partitioned table.',
  effect: 'Readers and writers of the whole table wait behind it, until the transaction is over.',
  workaround: 'Create a table of its own `LIKE` the parent, and attach it.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['CreateStmt'],
  check,
};
