import type { Statement } from '../../sql/statement.ts';
import { addPlain, them } from '../column-advice.ts';
import { rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeChanges } from '../type-changes.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap(({ table, column, type, worked }) => {
    const tables = rewritten(worked);
    if (tables.length === 0) return [];
    const their = tables.length === 1 ? 'its' : 'their';
    return [
      {
        relation: table,
        part: column,
        message: `Changing ${code(column)} to ${code(type)} rewrites ${listed(tables)} and ${their} indexes; nobody can read or write ${them(tables)} meanwhile.`,
        help: `Write ${addPlain(table, `${column}_new`, type)}, keep it filled by a trigger, copy ${code(column)} in batches, then swap the names in one short transaction.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'alter-column-type-rewrite',
  section: 'columns',
  title: 'Changing a column type rewrites the table',
  condition: 'A column of an existing table gets a type that its stored values do not fit as they are.',
  effect: 'The table and all its indexes are written anew while nobody can read or write it.',
  workaround: 'Add a new column, copy in batches, swap the names.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
