import type { RangeVar } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { optionOf } from '../options.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const filled = filledTable(statement);
  if (filled === undefined) return [];
  const table = relationName(context.catalog, filled);
  if (table.startsWith('pg_temp.')) return [];
  const isRefreshed = laterStatements(statement, context).some((later) => analyzes(later, table, context));
  if (isRefreshed) return [];
  return [
    {
      relation: table,
      message: `Until autovacuum comes by, queries of ${code(table)} are planned with the statistics from before these rows changed.`,
      help: `End the migration with ${code(`ANALYZE ${qualifiedText(table)}`)}.`,
    },
  ];
}

/** The table that a statement changes in bulk: INSERT from a query, UPDATE of all rows, COPY FROM. */
function filledTable({ node }: Statement): RangeVar | undefined {
  if ('CopyStmt' in node) return node.CopyStmt.is_from ? node.CopyStmt.relation : undefined;
  if ('UpdateStmt' in node) return node.UpdateStmt.whereClause ? undefined : node.UpdateStmt.relation;
  if (!('InsertStmt' in node)) return undefined;
  const { selectStmt, relation } = node.InsertStmt;
  const isQuery = selectStmt && 'SelectStmt' in selectStmt && !selectStmt.SelectStmt.valuesLists;
  return isQuery && selectStmt.SelectStmt.fromClause ? relation : undefined;
}

/** ANALYZE, and VACUUM with that option, of this table or of all. */
function analyzes({ node }: Statement, table: string, { catalog }: RuleContext): boolean {
  if (!('VacuumStmt' in node)) return false;
  const { is_vacuumcmd: isVacuum, options, rels } = node.VacuumStmt;
  if (isVacuum && optionOf(options, 'analyze') === undefined) return false;
  return (
    rels === undefined ||
    rels.some(
      (rel) => 'VacuumRelation' in rel && relationName(catalog, rel.VacuumRelation.relation) === table,
    )
  );
}

export const rule: Rule = {
  slug: 'analyze-after-backfill',
  section: 'maintenance',
  title: 'After a bulk change plans are made for the rows of before',
  condition:
    'An `INSERT … SELECT`, an `UPDATE` of all rows or a `COPY` that no `ANALYZE` follows in the file.',
  effect: 'Queries are planned with old statistics until autovacuum comes by.',
  workaround: 'End with `ANALYZE` of the table.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
