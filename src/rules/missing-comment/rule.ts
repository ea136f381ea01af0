import { qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { newTable } from '../new-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  const table = newTable(statement, catalog)?.name;
  if (table === undefined) return [];
  const isExplained = laterStatements(statement, context).some(
    ({ node }) =>
      'CommentStmt' in node &&
      node.CommentStmt.objtype === 'OBJECT_TABLE' &&
      node.CommentStmt.comment !== undefined &&
      listedName(catalog, node.CommentStmt.object) === table,
  );
  if (isExplained) return [];
  return [
    {
      relation: table,
      message: `Whoever finds ${code(table)} in the database has to guess what one row of it stands for.`,
      help: `Say it in a sentence, with ${code(`COMMENT ON TABLE ${qualifiedText(table)}`)}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'missing-comment',
  section: 'design',
  title: 'A table that nobody explains',
  condition: 'A table is made, and the file has no `COMMENT ON TABLE` for it.',
  effect: 'Whoever finds it in the database has to guess what one row of it stands for.',
  workaround: 'Add a comment.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
