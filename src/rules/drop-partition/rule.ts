import { qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { aside } from '../outside-transaction.ts';
import { defaultPartitionOf, partitionedParents } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isInForce } from '../timeouts.ts';
import { code } from '../words.ts';

function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_TABLE') return [];
  const names = (node.DropStmt.objects ?? []).map((object) => listedName(context.catalog, object));
  return names.flatMap((partition) =>
    partitionedParents(context.catalog, partition)
      .filter((parent) => !names.includes(parent.name))
      .flatMap((parent) => complaint(partition, parent.name, context)),
  );
}

/** Beside a default partition there is no gentler form (55000), so a lock_timeout is all that can be asked for. */
function complaint(partition: string, parent: string, context: RuleContext): readonly Complaint[] {
  const rest = defaultPartitionOf(context.catalog, parent)?.name;
  if (rest !== undefined && isInForce(context.session, 'lock_timeout')) return [];
  const detach = `ALTER TABLE ${qualifiedText(parent)} DETACH PARTITION ${qualifiedText(partition)} CONCURRENTLY`;
  return [
    {
      relation: partition,
      message: `To drop ${code(partition)} with all its rows, the server waits for every query on ${code(parent)}, and until the transaction is over nobody else can read or write the whole table.`,
      help:
        rest === undefined
          ? `Write ${code(detach)}${aside(context)} first, and drop the table when nobody misses it.`
          : `Put ${code("SET lock_timeout = '2s'")} before it and run it again when it fails: the default partition ${code(rest)} rules out ${code('DETACH PARTITION … CONCURRENTLY')}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'drop-partition',
  section: 'partitions',
  title: 'DROP TABLE of a partition stops all work on the partitioned table',
  condition: 'A table is dropped that is a partition of an existing one.',
  effect: 'Its rows are lost, and readers and writers of the whole table wait behind it.',
  workaround: 'Detach it `CONCURRENTLY`, and drop it then.',
  severity: 'warning',
  over: ['drop-table'],
  since: 14,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
