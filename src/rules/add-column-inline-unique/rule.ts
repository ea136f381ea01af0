import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, alterTable, them } from '../column-advice.ts';
import { addedWith, built, rewritten } from '../column-parts.ts';
import { type Inline, inlineName } from '../inline-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_UNIQUE').flatMap((added) => {
    const tables = built(added.worked);
    if (tables.length === 0) return [];
    const name = inlineName(added, 'key');
    const isWritten = rewritten(added.worked).length > 0;
    const work = isWritten ? 'is written anew and the index of' : 'is read to build the index of';
    return [
      {
        relation: added.table,
        part: added.column,
        message: `${listed(tables)} ${work} ${code(name)}${isWritten ? ' built' : ''} while nobody can read or write ${them(tables)}.`,
        help: help(added, name, isWritten),
      },
    ];
  });
}

function help({ table, column, type }: Inline, name: string, isWritten: boolean): string {
  const index = `CREATE UNIQUE INDEX CONCURRENTLY ${identifierText(name)} ON ${qualifiedText(table)} (${identifierText(column)})`;
  const constraint = `${alterTable(table)} ADD CONSTRAINT ${identifierText(name)} UNIQUE USING INDEX ${identifierText(name)}`;
  const filled = isWritten ? ', set its default afterwards, fill old rows in batches' : '';
  return `Write ${addPlain(table, column, type)}${filled}, build ${code(index)} outside a transaction, then write ${code(constraint)}.`;
}

export const rule: Rule = {
  slug: 'add-column-inline-unique',
  section: 'columns',
  title: 'UNIQUE written at a new column builds an index under the strongest lock',
  condition: 'A column is added to an existing table with `UNIQUE` in its definition.',
  effect: 'Nobody can read or write the table while the index is built.',
  workaround: 'Add the column, build a unique index `CONCURRENTLY`, and make the constraint of it.',
  severity: 'error',
  over: [
    'add-column-volatile-default',
    'add-column-serial',
    'add-column-identity',
    'add-column-generated-stored',
  ],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
