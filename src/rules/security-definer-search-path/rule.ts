import { identifierText } from '../../sql/identifier.ts';
import { languageOf, routineCode } from '../../sql/routine.ts';
import type { Statement } from '../../sql/statement.ts';
import { alteredFunction, isSecurityDefiner, newFunction, setsSearchPath } from '../function-parts.ts';
import { laterStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const name = definer(statement, context);
  if (name === undefined || isMendedLater(name, statement, context)) return [];
  const path = [...context.catalog.searchPath.filter((schema) => schema !== '$user'), 'pg_temp'];
  return [
    {
      relation: undefined,
      part: name,
      message: `Whoever may call ${code(name)} sets the search path first, and chooses which tables, functions and operators its owner's rights are used on.`,
      help: `Add ${code(`SET search_path = ${path.map(identifierText).join(', ')}`)} to the definition: the schemas that it uses, and ${code('pg_temp')} last.`,
    },
  ];
}

/** The function that comes to run with its owner's rights and its caller's path. A body that is parsed when it is made has bound its names already. */
function definer(statement: Statement, { catalog }: RuleContext): string | undefined {
  const made = newFunction(statement, catalog);
  if (made !== undefined) {
    const { options, sql_body: body } = made.node;
    const isOpen = isSecurityDefiner(options) && !setsSearchPath(options) && body === undefined;
    return isOpen && !COMPILED.has(languageOf(made.node)) ? made.name : undefined;
  }
  const altered = alteredFunction(statement, catalog);
  if (altered === undefined || !isSecurityDefiner(altered.actions) || setsSearchPath(altered.actions))
    return undefined;
  const known = catalog.routines?.get(altered.name) ?? [];
  const isOpen = known.length > 0 && known.every((one) => routineCode(one).searchPath === undefined);
  return isOpen ? altered.name : undefined;
}

const COMPILED = new Set(['c', 'internal']);

function isMendedLater(name: string, statement: Statement, context: RuleContext): boolean {
  return laterStatements(statement, context).some((later) => {
    const altered = alteredFunction(later, context.catalog);
    return altered?.name === name && setsSearchPath(altered.actions);
  });
}

export const rule: Rule = {
  slug: 'security-definer-search-path',
  section: 'security',
  title: 'A SECURITY DEFINER function runs with its caller’s search path',
  condition: 'A function with `SECURITY DEFINER` is made without a `search_path` of its own.',
  effect: 'Its caller chooses what the names in it mean, and so what runs with the owner’s rights.',
  workaround: 'Add `SET search_path`, with `pg_temp` last.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateFunctionStmt', 'AlterFunctionStmt'],
  check,
};
