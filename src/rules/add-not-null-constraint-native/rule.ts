import { provesNotNull } from '../../sql/expression.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { addedConstraints, type NewConstraint } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, catalog).flatMap((added) => {
    const { table, node, constraint, onNewTable } = added;
    const [column = '', ...others] = constraint.columns;
    const isDetour = constraint.kind === 'check' && node.skip_validation && node.is_enforced;
    if (!isDetour || onNewTable || others.length > 0 || !provesNotNull(constraint.expression, column))
      return [];
    const native = `CONSTRAINT ${identifierText(constraint.name)} NOT NULL ${identifierText(column)} NOT VALID`;
    return [
      {
        relation: table,
        part: constraint.name,
        message: `The CHECK proves ${code(column)} to be filled, but leaves the column itself nullable until two more statements have run.`,
        help: `Write ${code(`ALTER TABLE ${qualifiedText(table)} ADD ${native}`)}, and validate it in a transaction of its own.`,
        fix: replacement(statement, added, native),
      },
    ];
  });
}

/** Only where the constraint is all that follows its place in the statement. */
function replacement(
  { place, sql, node }: Statement,
  added: NewConstraint,
  text: string,
): readonly TextEdit[] {
  const start = added.node.location;
  const isAlone = 'AlterTableStmt' in node && node.AlterTableStmt.cmds?.length === 1;
  if (start === undefined || !isAlone || added.node.is_no_inherit || /--|\/\*/.test(sql)) return [];
  return [{ startByte: place.startByte + start, endByte: place.endByte, text }];
}

export const rule: Rule = {
  slug: 'add-not-null-constraint-native',
  section: 'constraints',
  title: 'Postgres 18 has NOT NULL constraints that are NOT VALID: the CHECK detour is not needed',
  condition: 'A `CHECK (… IS NOT NULL) NOT VALID` is added on Postgres 18.',
  effect: 'Two more statements are needed before the column is `NOT NULL`.',
  workaround: 'Add a `NOT NULL` constraint with `NOT VALID`, and validate it.',
  severity: 'notice',
  optIn: true,
  since: 18,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
