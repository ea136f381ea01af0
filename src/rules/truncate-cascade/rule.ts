import type { TruncateStmt } from '@pgsql/types';
import { effects } from '../../sql/effects.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code, isOrAre, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const { catalog } = context;
  if (!('TruncateStmt' in node) || node.TruncateStmt.behavior !== 'DROP_CASCADE') return [];
  const whole = node.TruncateStmt;
  const named = emptied(statement, { ...whole, behavior: 'DROP_RESTRICT' }, context);
  return (whole.relations ?? []).flatMap((range) => {
    const table = 'RangeVar' in range ? relationName(catalog, range.RangeVar) : '';
    if (!stoodBefore(catalog, table)) return [];
    const more = emptied(statement, { ...whole, relations: [range] }, context).filter(
      (name) => !named.includes(name) && stoodBefore(catalog, name),
    );
    return more.length === 0 && catalog.complete ? [] : [complaint(table, more)];
  });
}

function emptied(
  statement: Statement,
  node: TruncateStmt,
  { catalog, version }: RuleContext,
): readonly string[] {
  const found = effects({ ...statement, node: { TruncateStmt: node } }, catalog, version);
  return found.relations.filter(({ dataLoss }) => dataLoss).map(({ relation }) => relation);
}

function complaint(table: string, more: readonly string[]): Complaint {
  const others = more.length === 0 ? 'every table that refers to it' : listed(more);
  const verb = more.length === 0 ? 'is' : isOrAre(more);
  const all = [table, ...more].map(qualifiedText).join(', ');
  return {
    relation: table,
    message: `With ${code(table)}, ${others} ${verb} emptied too, and all those rows are lost.`,
    help: `Leave ${code('CASCADE')} away and name each table that is to be emptied${more.length === 0 ? '' : `: ${code(`TRUNCATE ${all}`)}`}.`,
  };
}

export const rule: Rule = {
  slug: 'truncate-cascade',
  section: 'tables',
  title: 'TRUNCATE … CASCADE empties tables that it does not name',
  condition: 'A `TRUNCATE … CASCADE` of a table to which others refer, or may refer.',
  effect: 'Every table with a foreign key to it is emptied too, and those that refer to them.',
  workaround: 'Leave `CASCADE` away and name each table that is to be emptied.',
  severity: 'warning',
  over: ['truncate'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['TruncateStmt'],
  check,
};
