import type { RangeVar } from '@pgsql/types';
import { embeddedStatements } from '../../sql/plpgsql.ts';
import { languageOf, sqlBody } from '../../sql/routine.ts';
import type { Statement } from '../../sql/statement.ts';
import { collectAll } from '../../sql/walk.ts';
import { isSecurityDefiner, newFunction } from '../function-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = newFunction(statement, catalog);
  // A body that is parsed at once has bound its names.
  if (made === undefined || made.node.sql_body || !isSecurityDefiner(made.node.options)) return [];
  const body = languageOf(made.node) === 'sql' ? sqlBody(made.node) : embeddedStatements(statement);
  const names = [...new Set(body.statements.flatMap(({ node }) => bareTables(node)))];
  if (names.length === 0) return [];
  return [
    {
      relation: undefined,
      part: made.name,
      message: `Which tables ${listed(names)} are depends on the search path, and ${code(made.name)} works on them with its owner's rights.`,
      help: `Write the schema before ${listed(names)}, as in ${code(`public.${names[0]}`)}.`,
    },
  ];
}

function bareTables(node: Statement['node']): readonly string[] {
  const found = collectAll(node, ['RangeVar', 'CommonTableExpr']);
  const ctes = new Set(
    (found.get('CommonTableExpr') as { ctename?: string }[]).map(({ ctename }) => ctename),
  );
  const targets = Object.values(node).flatMap((one: { relation?: RangeVar }) => one.relation ?? []);
  return [...targets, ...(found.get('RangeVar') as RangeVar[])]
    .filter(
      ({ schemaname, relname }) => schemaname === undefined && relname !== undefined && !ctes.has(relname),
    )
    .map(({ relname = '' }) => relname);
}

export const rule: Rule = {
  slug: 'unqualified-objects',
  section: 'security',
  title: 'A SECURITY DEFINER function names tables without a schema',
  condition: 'The body of a function with `SECURITY DEFINER` names a table without its schema.',
  effect: 'Which table it means depends on the search path, which its caller may choose.',
  workaround: 'Write the schema before each name.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateFunctionStmt'],
  check,
};
