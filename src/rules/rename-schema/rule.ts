import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterInTransaction } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isNewSchema, tablesIn } from '../schemas.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('RenameStmt' in node) || node.RenameStmt.renameType !== 'OBJECT_SCHEMA') return [];
  const { subname: from = '', newname: to = '' } = node.RenameStmt;
  if (isNewSchema(statement, context, from)) return [];
  const takesOver = laterInTransaction(statement, context).some(
    ({ node: later }) => 'CreateSchemaStmt' in later && later.CreateSchemaStmt.schemaname === from,
  );
  return takesOver ? [] : [complaint(from, to, tablesIn(context.catalog, from)[0])];
}

function complaint(from: string, to: string, table: string | undefined): Complaint {
  const made = code(`CREATE SCHEMA ${identifierText(from)}`);
  const view =
    table === undefined
      ? 'a view for each table'
      : `a view for each table, such as ${code(`CREATE VIEW ${qualifiedText(table)} AS SELECT * FROM ${qualifiedText(`${to}.${bareName(table)}`)}`)}`;
  return {
    relation: undefined,
    part: from,
    message: `Running code that names anything in ${code(from)}, or has it in its ${code('search_path')}, fails as soon as it is called ${code(to)}.`,
    help: `In the same transaction, write ${made} again with ${view}, and drop it when no running code uses it any more.`,
  };
}

export const rule: Rule = {
  slug: 'rename-schema',
  section: 'tables',
  title: 'Renaming a schema breaks every name in it',
  condition: 'A schema that stood before is renamed, and none takes its name in the same transaction.',
  effect:
    'Code and functions that name anything in it, and every `search_path` that lists it, no longer find it.',
  workaround: 'Leave a schema of views under the old name, until no code uses it.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'none', rewrite: false, scan: false, builds: false },
  kinds: ['RenameStmt'],
  check,
};
