import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { isHeld, triggerMade } from '../triggers.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = triggerMade(statement, context);
  if (made === undefined) return [];
  const { table, name } = made;
  const kind = context.catalog.relations.get(table)?.kind;
  if (
    !stoodBefore(context.catalog, table) ||
    kind === 'view' ||
    isHeld(table, 'ShareRowExclusiveLock', context)
  )
    return [];
  const partitions = context.effects.relations
    .map(({ relation }) => relation)
    .filter((relation) => relation !== table && stoodBefore(context.catalog, relation));
  const also = partitions.length === 0 ? '' : ` and ${listed(partitions)}`;
  return [
    {
      relation: table,
      part: name,
      message: `Writers of ${code(table)}${also} wait until the transaction ends, and from then on each of their statements runs ${code(name)} too.`,
      help: `Create ${code(name)} in a short transaction of its own under a short ${code('lock_timeout')}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-trigger',
  section: 'triggers',
  title: 'CREATE TRIGGER makes writers wait, and then pay',
  condition:
    'A trigger is made on an existing table that the transaction does not keep writers out of already.',
  effect: 'Writers wait until the transaction ends; after it every write runs the trigger too.',
  workaround: 'A short transaction of its own, under a short `lock_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
