import { identifierText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { missingGuard } from '../guards.ts';
import { createdIndex, droppedIndexes } from '../index-statements.ts';
import { earlierStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { replaceAt } from '../text-edits.ts';
import { code } from '../words.ts';

const MESSAGE =
  'When a later statement of the file fails, this one has been done all the same, and the next run fails on it.';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (context.inTransaction || context.file.statements.length < 2) return [];
  const index = createdIndex(statement, context.catalog);
  if (index?.isConcurrent)
    return isClearedBefore(index.index, statement, context) ? [] : [clearFirst(index.index)];
  const guard = missingGuard(statement);
  if (guard === undefined) return [];
  return [
    {
      relation: context.effects.relations[0]?.relation,
      message: MESSAGE,
      help: `Add ${code(guard.words)}, or run the file in a transaction.`,
      fix: guard.head ? replaceAt(statement, 0, guard.head, `$& ${guard.words}`) : [],
    },
  ];
}

function isClearedBefore(index: string, statement: Statement, context: RuleContext): boolean {
  return earlierStatements(statement, context).some((earlier) =>
    droppedIndexes(earlier, { ...context.catalog, complete: false }).some(({ name }) => name === index),
  );
}

/** IF NOT EXISTS would pass over the invalid index that a failed build leaves behind. */
function clearFirst(index: string): Complaint {
  const drop = `DROP INDEX CONCURRENTLY IF EXISTS ${identifierText(bareName(index))}`;
  return { relation: index, message: MESSAGE, help: `Write ${code(drop)} before it.` };
}

export const rule: Rule = {
  slug: 'not-rerunnable',
  section: 'reruns',
  title: 'A file that fails half-way cannot be run again',
  condition:
    'A statement outside a transaction, one of several in its file, lacks `IF [NOT] EXISTS` or `OR REPLACE`.',
  effect: 'When a later statement fails, this one has been done, and the second run fails on it.',
  workaround: 'Add the guard, or run the file in a transaction.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
