import { familyOf } from '../../sql/effects/touch.ts';
import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import { boundConditions } from '../../sql/partition-bound.ts';
import type { Statement } from '../../sql/statement.ts';
import { attachments, type PartitionCommand } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return attachments(statement, context.catalog).flatMap((attached) => {
    const { parent, partition, part } = attached;
    const own = familyOf(context, partition);
    const found = effects(part.alone, part.schema, context.version);
    const scanned = onExisting(found, context.catalog)
      .filter(({ scan, relation }) => scan && own.includes(relation))
      .map(({ relation }) => relation);
    if (scanned.length === 0) return [];
    return [
      {
        relation: parent,
        part: bareName(partition),
        message: `To attach ${code(partition)} to ${code(parent)}, every row of ${listed(scanned)} is compared with the bound while nobody else can read or write it.`,
        help: help(attached, context),
      },
    ];
  });
}

/** What is skipped, and when: documentation 5.12.2.2, "Partition Maintenance". */
function help({ parent, partition, bound }: PartitionCommand, { catalog }: RuleContext): string {
  if (bound?.strategy === 'h')
    return `Attach ${code(partition)} while it is empty and fill it then: no ${code('CHECK')} proves a hash bound.`;
  const conditions = boundConditions(catalog.relations.get(parent), bound);
  if (conditions === undefined)
    return `Give ${code(partition)} a ${code('CHECK … NOT VALID')} first that keeps it to the bound and its key from being null, and ${code('VALIDATE')} that in a transaction of its own.`;
  const table = qualifiedText(partition);
  const name = identifierText(`${bareName(partition)}_bound`);
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${conditions.join(' AND ')}) NOT VALID`;
  return `Write ${code(add)}, then ${code(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`)} in a transaction of its own, and attach it after that.`;
}

export const rule: Rule = {
  slug: 'attach-partition-scan',
  section: 'partitions',
  title: 'ATTACH PARTITION reads the whole new partition under its strongest lock',
  condition: 'A table is attached whose valid constraints do not prove the bound.',
  effect: 'Nobody can read or write the table while every row is compared with the bound.',
  workaround:
    'Prove the bound first with a `CHECK … NOT VALID` that is validated in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
