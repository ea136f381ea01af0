import type { Node, SelectStmt, ViewStmt } from '@pgsql/types';
import { newName, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('ViewStmt' in node) || !node.ViewStmt.replace) return [];
  const name = newName(catalog, node.ViewStmt.view);
  const view = catalog.relations.get(name);
  const names = columnNames(node.ViewStmt);
  if (view?.kind !== 'view' || names === undefined) return [];
  const lost = view.columns.find((column, place) => {
    const [there, next] = [place < names.length, names[place]];
    return !there || (next !== undefined && next !== column.name);
  });
  if (lost === undefined) return [];
  return [
    {
      relation: name,
      part: lost.name,
      message: `The server refuses to replace ${code(name)}, because its column ${code(lost.name)} would go or stand elsewhere.`,
      help: `Keep every column of ${code(name)} in its place and add new ones at the end, or write ${code('DROP VIEW')} and ${code('CREATE VIEW')} in one transaction.`,
    },
  ];
}

/** The names of the view's columns, undefined for one whose name only the server finds; nothing when `*` hides how many there are. */
function columnNames({ aliases, query }: ViewStmt): readonly (string | undefined)[] | undefined {
  let select: SelectStmt | undefined = query && 'SelectStmt' in query ? query.SelectStmt : undefined;
  while (select?.larg) select = select.larg;
  const targets = select?.targetList;
  if (targets === undefined || targets.some(isStar)) return undefined;
  const given = strings(aliases);
  return targets.map((target, place) => given[place] ?? targetName(target));
}

function isStar(target: Node): boolean {
  const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
  const last = value && 'ColumnRef' in value ? value.ColumnRef.fields?.at(-1) : undefined;
  return (last && 'A_Star' in last) || (value !== undefined && 'A_Indirection' in value);
}

function targetName(target: Node): string | undefined {
  if (!('ResTarget' in target)) return undefined;
  const { name, val } = target.ResTarget;
  return name ?? (val && 'ColumnRef' in val ? strings(val.ColumnRef.fields).at(-1) : undefined);
}

export const rule: Rule = {
  slug: 'replace-view-columns',
  section: 'tables',
  title: 'CREATE OR REPLACE VIEW cannot take a column away',
  condition: '`CREATE OR REPLACE VIEW` leaves out, renames or moves a column that the view has.',
  effect: 'The server refuses the statement.',
  workaround: 'Add columns at the end only, or drop and make the view in one transaction.',
  severity: 'error',
  since: 13,
  claim: { fails: '42P16' },
  kinds: ['ViewStmt'],
  check,
};
