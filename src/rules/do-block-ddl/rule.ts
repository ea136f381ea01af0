import { embeddedStatements } from '../../sql/plpgsql.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

/** Statements that work on rows or on the session. */
const NO_DDL = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CallStmt',
  'VariableSetStmt',
  'TransactionStmt',
  'LockStmt',
  'ExplainStmt',
  'CopyStmt',
]);

function check(statement: Statement): readonly Complaint[] {
  if (statement.kind !== 'DoStmt') return [];
  const hidden = embeddedStatements(statement).statements.find(({ kind }) => !NO_DDL.has(kind));
  if (hidden === undefined) return [];
  const shown = hidden.sql.replaceAll(/\s+/g, ' ').trim();
  const what = shown === '' ? 'DDL' : code(shown.length > 80 ? `${shown.slice(0, 79)}…` : shown);
  return [
    {
      relation: undefined,
      message: `The block hides ${what} from whoever reads the migrations, and keeps the locks of all that it does until it ends.`,
      help: `Write it out as a statement of the migration, with ${code('IF NOT EXISTS')} or ${code('IF EXISTS')} where the block asked first.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'do-block-ddl',
  section: 'reruns',
  title: 'DDL hidden in a DO block',
  condition: 'A `DO` block makes, changes or drops objects.',
  effect: 'Other tools and reviewers do not see it, and the block is one transaction whatever it does.',
  workaround: 'Write the statements out.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DoStmt'],
  check,
};
