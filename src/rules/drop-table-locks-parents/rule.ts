import { foreignKeysOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { isHeldAlready } from '../held-locks.ts';
import { isDroppedLater } from '../later.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_TABLE') return [];
  const { relations } = context.catalog;
  const names = (node.DropStmt.objects ?? []).map((object) => listedName(context.catalog, object));
  return names.flatMap((table) => {
    const relation = relations.get(table);
    if (relation === undefined || relation.isNew) return [];
    const keys = foreignKeysOf(relation).filter(
      ({ references: parent = table }) => parent !== table && isLockedAnew(parent, context),
    );
    const parents = [...new Set(keys.map(({ references }) => references ?? ''))];
    if (parents.length === 0) return [];
    const steps = keys.map(
      ({ name }) => `ALTER TABLE ${qualifiedText(table)} DROP CONSTRAINT ${identifierText(name)}`,
    );
    return [
      {
        relation: table,
        message: `The rows of ${code(table)} are lost, and until the transaction ends nobody can read or write ${listed(parents)}, which the statement does not name.`,
        help: `Deploy code that does not use ${code(table)}, then run ${steps.map(code).join(', then ')} under a short ${code('lock_timeout')}, each in a transaction of its own, and drop the table at last.`,
      },
    ];
  });
}

/** A table that somebody may use, and that the transaction does not keep from everybody already. */
function isLockedAnew(parent: string, context: RuleContext): boolean {
  return (
    context.catalog.relations.get(parent)?.isNew !== true &&
    !isDroppedLater(parent, context) &&
    !isHeldAlready(context, parent, 'AccessExclusiveLock')
  );
}

export const rule: Rule = {
  slug: 'drop-table-locks-parents',
  section: 'constraints',
  title: 'Dropping a table locks the tables that its foreign keys refer to',
  condition: 'An existing table with foreign keys to other existing tables is dropped.',
  effect: 'Its rows are lost, and nobody can read or write the referenced tables until the transaction ends.',
  workaround: 'Drop the foreign keys one by one under a short `lock_timeout`, then the table.',
  severity: 'warning',
  over: ['drop-table'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
