import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type NewConstraint, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code } from '../words.ts';

/** A primary key's and a NOT NULL's name is the same everywhere: a table has one, and so has a column. */
const NEEDS_NAME = new Set(['check', 'unique', 'foreign key', 'exclusion']);

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return newConstraints(statement, catalog)
    .filter(({ node, constraint }) => NEEDS_NAME.has(constraint.kind) && !node.conname && !node.indexname)
    .map((added) => ({
      relation: added.table,
      part: added.constraint.name,
      message: `The server chooses the name of this constraint of ${code(added.table)}, which may differ between databases, so that a later migration that names it fails on some.`,
      help: `Name it, as in ${code(`CONSTRAINT ${identifierText(added.constraint.name)}`)}.`,
      fix: naming(statement, added),
    }));
}

/** The location is where the clause begins: behind ADD, at a column, or in the table's list. */
function naming({ place }: Statement, { node, constraint }: NewConstraint): readonly TextEdit[] {
  if (node.location === undefined) return [];
  const at = place.startByte + node.location;
  return [{ startByte: at, endByte: at, text: `CONSTRAINT ${identifierText(constraint.name)} ` }];
}

export const rule: Rule = {
  slug: 'unnamed-constraint',
  section: 'constraints',
  title: 'A constraint without a name of its own',
  condition: 'A `CHECK`, unique, foreign key or exclusion constraint is made without a name.',
  effect: 'Its name may differ between databases, so that a later migration that names it fails on some.',
  workaround: 'Name it.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
