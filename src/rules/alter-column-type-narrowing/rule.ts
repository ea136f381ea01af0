import type { Statement } from '../../sql/statement.ts';
import { addPlain } from '../column-advice.ts';
import { rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeChanges } from '../type-changes.ts';
import { narrowing } from '../type-narrowing.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap(({ table, column, type, from, to, definition, worked }) => {
    const tables = rewritten(worked);
    const loss = from === undefined ? undefined : narrowing(from, to, definition.raw_default !== undefined);
    if (tables.length === 0 || loss === undefined) return [];
    const consequence = {
      fails: `the statement fails at the first value that does not fit, after it has rewritten ${listed(tables)} up to there while nobody could read or write it`,
      loses: `values are cut or rounded for good, and ${listed(tables)} rewritten while nobody can read or write it`,
    };
    return [
      {
        relation: table,
        part: column,
        message: `${code(type)} holds less than the ${code(from ?? '')} of ${code(column)}: ${consequence[loss]}.`,
        help: `Look for values that do not fit first, then write ${addPlain(table, `${column}_new`, type)}, keep it filled by a trigger, copy ${code(column)} in batches, and swap the names in one short transaction.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'alter-column-type-narrowing',
  section: 'columns',
  title: 'A narrower column type rewrites the table, and fails on values or cuts them',
  condition:
    'A column gets a type that holds less: `bigint` to `integer`, `text` to `varchar(n)`, fewer digits.',
  effect:
    'The table is rewritten while nobody can use it, and values that do not fit stop it or are cut or rounded.',
  workaround: 'Check the values, add a new column, copy in batches, swap the names.',
  severity: 'error',
  over: ['alter-column-type-rewrite'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
