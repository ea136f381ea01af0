import { indexesOf } from '../../sql/graph.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const MOST_INDEXES = 10;

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, catalog);
  if (made === undefined || catalog.relations.has(made.index)) return [];
  const count = indexesOf(catalog, made.table).length + 1;
  if (count <= MOST_INDEXES) return [];
  return [
    {
      relation: made.table,
      part: bareName(made.index),
      message: `With ${code(bareName(made.index))}, ${code(made.table)} has ${count} indexes, and every insert writes each of them.`,
      help: `Look in ${code('pg_stat_user_indexes')} for indexes of ${code(made.table)} that are never scanned, and drop one of them ${code('CONCURRENTLY')}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'index-total-limit',
  section: 'indexes',
  title: 'A table has many indexes',
  condition: `An index is built on a table that then has more than ${MOST_INDEXES}.`,
  effect: 'Each insert, and most updates, write all of them.',
  workaround: 'Drop those that no query uses.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
