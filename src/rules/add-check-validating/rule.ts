import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { addedConstraints, named, validation, withoutValidation } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, context.catalog).flatMap((added) => {
    const { table, node, constraint, part } = added;
    if (constraint.kind !== 'check') return [];
    const found = effects(part.alone, part.schema, context.version);
    const scanned = onExisting(found, context.catalog).filter(({ scan }) => scan);
    if (scanned.length === 0) return [];
    const name = named(node, 'the new CHECK');
    return [
      {
        relation: table,
        part: constraint.name,
        message: `While ${name} is tried on every row, nobody can read or write ${listed(scanned.map(({ relation }) => relation))}.`,
        help: `Add ${name} with ${code('NOT VALID')}, then run ${code(validation(added))} in a transaction of its own.`,
        fix: withoutValidation(statement, added),
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-check-validating',
  section: 'constraints',
  title: 'ADD CHECK without NOT VALID reads the table under its strongest lock',
  condition: 'A `CHECK` is added to an existing table without `NOT VALID`.',
  effect: 'Nobody can read or write the table while every row is checked.',
  workaround: 'Add it `NOT VALID`, then validate it in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
