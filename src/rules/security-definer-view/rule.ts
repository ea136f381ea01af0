import type { DefElem, Node } from '@pgsql/types';
import { applyStatement } from '../../sql/apply.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import { newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { isSetOff, optionOf } from '../options.ts';
import { subcommandsOn } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  const made = 'ViewStmt' in statement.node ? statement.node.ViewStmt : undefined;
  if (made === undefined || isInvoker(optionOf(made.options, 'security_invoker'))) return [];
  const view = newName(catalog, made.view);
  const reads = applyStatement(catalog, statement).relations.get(view)?.reads ?? [];
  const tables = reads.filter((name) => catalog.relations.get(name)?.rowSecurity);
  if (tables.length === 0 || isMendedLater(view, statement, context)) return [];
  return [
    {
      relation: view,
      message: `Whoever may read ${code(view)} sees the rows of ${listed(tables)} that its owner may see, whatever their policies say.`,
      help: `Write ${code(`ALTER VIEW ${qualifiedText(view)} SET (security_invoker = true)`)}, or make it ${code('WITH (security_invoker = true)')} at once.`,
    },
  ];
}

function isInvoker(option: DefElem | undefined): boolean {
  return option !== undefined && !isSetOff(option);
}

function isMendedLater(view: string, statement: Statement, context: RuleContext): boolean {
  return laterStatements(statement, context).some((later) =>
    subcommandsOn(later, context.catalog, view).some(
      ({ subtype, def }) =>
        subtype === 'AT_SetRelOptions' && isInvoker(optionOf(items(def), 'security_invoker')),
    ),
  );
}

function items(def: Node | undefined): readonly Node[] {
  return def && 'List' in def ? (def.List.items ?? []) : [];
}

export const rule: Rule = {
  slug: 'security-definer-view',
  section: 'security',
  title: 'A view passes by the row security of its tables',
  condition: 'A view reads a table with row security, and is made without `security_invoker`.',
  effect: 'Whoever may read the view sees the rows that its owner may see, whatever the policies say.',
  workaround: 'Make it with `security_invoker = true`.',
  severity: 'warning',
  since: 15,
  claim: { harm: 'later' },
  kinds: ['ViewStmt'],
  check,
};
