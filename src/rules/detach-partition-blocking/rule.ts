import { qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { aside } from '../outside-transaction.ts';
import { defaultPartitionOf, detachments, type PartitionCommand } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { isInForce } from '../timeouts.ts';
import { code } from '../words.ts';

/** Beside a default partition there is no gentler form (55000), so a lock_timeout is all that can be asked for. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { relations } = context.catalog;
  return detachments(statement, context.catalog).flatMap((detached) => {
    const { parent, partition, isConcurrent } = detached;
    if (isConcurrent || relations.get(parent)?.isNew || relations.get(partition)?.isNew) return [];
    const rest = defaultPartitionOf(context.catalog, parent)?.name;
    if (rest !== undefined && isInForce(context.session, 'lock_timeout')) return [];
    return [
      {
        relation: parent,
        part: bareName(partition),
        message: `To detach ${code(partition)}, the server waits for every query on ${code(parent)}, and until the transaction is over nobody else can read or write the whole table.`,
        help: help(detached, rest, context),
        fix: rest === undefined && !context.inTransaction ? concurrently(statement) : [],
      },
    ];
  });
}

function help(
  { parent, partition }: PartitionCommand,
  rest: string | undefined,
  context: RuleContext,
): string {
  const [table, part] = [qualifiedText(parent), qualifiedText(partition)];
  if (rest !== undefined)
    return `Put ${code("SET lock_timeout = '2s'")} before it and run it again when it fails: ${code('CONCURRENTLY')} is refused as long as there is the default partition ${code(rest)}.`;
  return `Write ${code(`ALTER TABLE ${table} DETACH PARTITION ${part} CONCURRENTLY`)}${aside(context)}.`;
}

function concurrently({ place }: Statement): readonly TextEdit[] {
  return [{ startByte: place.endByte, endByte: place.endByte, text: ' CONCURRENTLY' }];
}

export const rule: Rule = {
  slug: 'detach-partition-blocking',
  section: 'partitions',
  title: 'DETACH PARTITION without CONCURRENTLY stops all work on the partitioned table',
  condition: 'A partition of an existing table is detached without `CONCURRENTLY`.',
  effect: 'Readers and writers of the whole table wait behind it, until the transaction is over.',
  workaround: 'Detach it with `CONCURRENTLY`, outside a transaction.',
  severity: 'warning',
  since: 14,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
