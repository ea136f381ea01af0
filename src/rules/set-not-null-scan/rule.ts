import type { Statement } from '../../sql/statement.ts';
import { afterProof, type NotNullPart, notNullParts, notValidFix, proof } from '../not-null-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return notNullParts(statement, context).map((part) => ({
    relation: part.table,
    part: part.column,
    message: `To make ${code(part.column)} NOT NULL, every row of ${listed(part.tables)} is read while nobody else can read or write it.`,
    help: help(part, context),
    fix: notValidFix(statement, part, context),
  }));
}

function help({ table, column }: NotNullPart, context: RuleContext): string {
  const { add, validate, name } = proof(table, column, context);
  if (context.version >= 18) return `Write ${add}, then ${validate} in a transaction of its own.`;
  return `Write ${add}, then ${validate} in a transaction of its own, then ${afterProof(table, column, name)}.`;
}

export const rule: Rule = {
  slug: 'set-not-null-scan',
  section: 'columns',
  title: 'SET NOT NULL reads the whole table under its strongest lock',
  condition: '`SET NOT NULL` on an existing column that no valid constraint proves to be filled.',
  effect: 'Nobody can read or write the table while every row is checked.',
  workaround: 'Prove it first with a `CHECK … NOT VALID` that is validated in a transaction of its own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
