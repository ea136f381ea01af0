import { qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { defaultPartitionOf, detachments } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code } from '../words.ts';

/** The default partition itself is refused too (ATExecDetachPartition in tablecmds.c). */
function check(statement: Statement, { catalog, inTransaction }: RuleContext): readonly Complaint[] {
  // A transaction is refused first, whatever partitions there are.
  if (inTransaction) return [];
  return detachments(statement, catalog).flatMap(({ parent, partition, isConcurrent }) => {
    const rest = defaultPartitionOf(catalog, parent);
    if (!isConcurrent || rest === undefined) return [];
    const plain = `ALTER TABLE ${qualifiedText(parent)} DETACH PARTITION ${qualifiedText(partition)}`;
    return [
      {
        relation: parent,
        part: bareName(partition),
        message: `The server refuses to detach partitions of ${code(parent)} concurrently as long as it has the default partition ${code(rest.name)}, so the migration fails here.`,
        help: `Write ${code("SET lock_timeout = '2s'")} and ${code(plain)}, and run it again when the lock was not to be had in that time.`,
        fix: withoutConcurrently(statement),
      },
    ];
  });
}

/** The word stands last in the statement, which can have no other subcommand. */
function withoutConcurrently({ sql, place }: Statement): readonly TextEdit[] {
  const found = /\s+concurrently\s*$/i.exec(sql);
  if (found === null) return [];
  const startByte = place.startByte + Buffer.byteLength(sql.slice(0, found.index));
  return [{ startByte, endByte: startByte + Buffer.byteLength(found[0]), text: '' }];
}

export const rule: Rule = {
  slug: 'detach-concurrently-default-partition',
  section: 'partitions',
  title: 'DETACH PARTITION CONCURRENTLY is refused beside a default partition',
  condition: '`DETACH PARTITION … CONCURRENTLY` of a table that has a default partition.',
  effect: 'The statement fails, and the migration with it.',
  workaround:
    'Detach it without `CONCURRENTLY`, under a short `lock_timeout`, and try again when that fails.',
  severity: 'error',
  since: 14,
  claim: { fails: '55000' },
  kinds: ['AlterTableStmt'],
  check,
};
