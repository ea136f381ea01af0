import { expressionText } from '../../sql/expression.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, alterTable, rewrittenWhile, typeSql } from '../column-advice.ts';
import { type AddedColumn, addedWith, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_GENERATED').flatMap((added) => {
    const tables = rewritten(added.worked);
    if (tables.length === 0 || added.clause.generated_kind === 'v') return [];
    return [
      {
        relation: added.table,
        part: added.column,
        message: `${code(added.column)} is computed and stored for each row, so ${rewrittenWhile(tables)}.`,
        help: `Write ${addPlain(added.table, added.column, added.type)}, keep it filled by a trigger and fill old rows in batches${orVirtual(added, context)}.`,
      },
    ];
  });
}

/** Postgres 18 computes a virtual column when it is read, and has no row to touch (release notes of 18, E.1). */
function orVirtual(
  { table, column, type, clause }: AddedColumn & { readonly clause: AddedColumn['clauses'][number] },
  { version }: RuleContext,
): string {
  const text = expressionText(clause.raw_expr);
  if (version < 18 || text === undefined) return '';
  const virtual = `${alterTable(table)} ADD COLUMN ${identifierText(column)} ${typeSql(type)} GENERATED ALWAYS AS (${text}) VIRTUAL`;
  return `, or have it computed when it is read, with ${code(virtual)}`;
}

export const rule: Rule = {
  slug: 'add-column-generated-stored',
  section: 'columns',
  title: 'A new stored generated column rewrites the table',
  condition: 'A column `GENERATED ALWAYS AS (…) STORED` is added to an existing table.',
  effect:
    'Every row is computed: the table and its indexes are written anew while nobody can read or write it.',
  workaround: 'Add a plain column that a trigger keeps, or from Postgres 18 on a `VIRTUAL` one.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
