import type { Statement } from '../../sql/statement.ts';
import { isHeldAlready } from '../held-locks.ts';
import { givesUpWaiting } from '../lock-timeout.ts';
import { newConstraints } from '../new-constraints.ts';
import { referencedTogether } from '../referenced-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const parents = newConstraints(statement, context.catalog)
    .filter(({ constraint, onNewTable }) => constraint.kind === 'foreign key' && onNewTable)
    .filter(({ table, constraint }) => constraint.references !== table)
    .map(({ table, constraint }) => ({ table, parent: constraint.references ?? '' }))
    .filter(({ parent }) => context.catalog.relations.get(parent)?.isNew !== true)
    .filter(({ parent }) => !isHeldAlready(context, parent, 'ShareRowExclusiveLock'));
  if (parents.length === 0 || givesUpWaiting(context)) return [];
  const { second } = referencedTogether(statement, context);
  // Where several tables are locked together that is told once, where it begins.
  if (second !== undefined && second !== context.file.index) return [];
  return [...new Map(parents.map((one) => [one.parent, one])).values()].map(({ table, parent }) => ({
    relation: parent,
    message: `The foreign key of the new table ${code(table)} keeps writers of ${code(parent)} out until the transaction ends, and they queue while it waits.`,
    help: `Run ${code("SET lock_timeout = '2s'")} before it so that it gives up instead of queueing, and keep the transaction short.`,
  }));
}

export const rule: Rule = {
  slug: 'create-table-fk-locks-parent',
  section: 'constraints',
  title: 'A foreign key of a new table locks the existing table that it refers to',
  condition: 'A new table gets a foreign key to an existing one while no `lock_timeout` is set.',
  effect: 'Writers of the referenced table wait until the transaction ends.',
  workaround: 'Set a `lock_timeout`, keep the transaction short, and try again when it gives up.',
  severity: 'notice',
  beneath: ['multiple-fks-one-transaction', 'ddl-and-dml-same-transaction'],
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
