import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type NewColumn, newColumns } from '../new-columns.ts';
import { newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { replaceAt } from '../text-edits.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const open = newColumns(statement, catalog).filter(isOpen);
  if (open.length === 0) return [];
  const keys = newConstraints(statement, catalog).filter(({ constraint }) => FILLED.has(constraint.kind));
  return open
    .filter(({ name }) => !keys.some(({ constraint }) => constraint.columns.includes(name)))
    .map(({ table, name, definition, default: fallback }) => {
      const rest = fallback === undefined ? 'NOT NULL DEFAULT false' : 'NOT NULL';
      return {
        relation: table,
        part: name,
        message: `${code(name)} of ${code(table)} may be true, false or null, and neither ${code(identifierText(name))} nor ${code(`NOT ${identifierText(name)}`)} finds the rows where it is null.`,
        help: `Write ${code(`${identifierText(name)} boolean ${rest}`)}.`,
        fix: replaceAt(
          statement,
          definition.typeName?.location,
          /^bool(?:ean)?\b(?!\s*\[)/i,
          `boolean ${rest}`,
        ),
      };
    });
}

const FILLED = new Set(['primary key', 'not null']);

function isOpen({ type, notNull, generated, by }: NewColumn): boolean {
  return type === 'boolean' && !notNull && generated === undefined && by !== 'retype';
}

export const rule: Rule = {
  slug: 'nullable-boolean',
  section: 'design',
  title: 'A boolean that may be null has three states',
  condition: 'A boolean column is made without `NOT NULL`.',
  effect: '`WHERE NOT done` leaves out the rows where nothing is known, which is seldom meant.',
  workaround: 'Write `NOT NULL DEFAULT false`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
