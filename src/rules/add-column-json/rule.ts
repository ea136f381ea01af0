import type { Statement } from '../../sql/statement.ts';
import { splitType } from '../../sql/types.ts';
import { addPlain } from '../column-advice.ts';
import { type AddedColumn, addedColumns } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedColumns(statement, context).flatMap((added) => {
    const { table, column, type } = added;
    if (splitType(type).base !== 'json') return [];
    return [
      {
        relation: table,
        part: column,
        message: `${code('json')} has no equality, so queries of ${code(table)} with DISTINCT, GROUP BY or UNION fail once they meet ${code(column)}.`,
        help: `Write ${addPlain(table, column, type.replace('json', 'jsonb'))}.`,
        fix: toJsonb(statement, added),
      },
    ];
  });
}

function toJsonb({ sql, place }: Statement, { definition }: AddedColumn): readonly TextEdit[] {
  const at = definition.typeName?.location;
  const written = at === undefined ? '' : Buffer.from(sql).subarray(at).toString();
  if (at === undefined || !/^json(?![\w$"])/i.test(written)) return [];
  return [{ startByte: place.startByte + at, endByte: place.startByte + at + 4, text: 'jsonb' }];
}

export const rule: Rule = {
  slug: 'add-column-json',
  section: 'columns',
  title: 'A json column breaks DISTINCT, GROUP BY and UNION',
  condition: 'A column of type `json` is added to an existing table.',
  effect: 'Queries that compare whole rows of the table fail: `json` has no equality operator.',
  workaround: 'Use `jsonb`.',
  severity: 'warning',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['AlterTableStmt'],
  check,
};
