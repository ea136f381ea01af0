import { hasDefault } from '../../sql/effects/add-column.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, alterTable } from '../column-advice.ts';
import { addedWith, built, rewritten } from '../column-parts.ts';
import { type Inline, inlineName } from '../inline-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_PRIMARY').flatMap((added) => {
    if (built(added.worked).length === 0) return [];
    return [{ relation: added.table, part: added.column, message: message(added), help: help(added) }];
  });
}

function message({ table, column, definition, worked }: Inline): string {
  if (!hasDefault(definition))
    return `The rows that ${code(table)} already holds would have no key in ${code(column)}, so the statement fails as soon as there is one.`;
  const work = rewritten(worked).length > 0 ? 'is written anew and its key’s index built' : 'is indexed';
  return `To make the new ${code(column)} its primary key, ${code(table)} ${work} while nobody can read or write it.`;
}

function help(added: Inline): string {
  const { table, column, type } = added;
  const name = identifierText(inlineName(added, 'pkey'));
  const index = identifierText(`${bareName(table)}_${column}_key`);
  const build = `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${qualifiedText(table)} (${identifierText(column)})`;
  const key = `${alterTable(table)} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${index}`;
  return `Write ${addPlain(table, column, type)}, number new rows by a default and old ones in batches, build ${code(build)} outside a transaction, set ${code(column)} NOT NULL with a proof, then write ${code(key)}.`;
}

export const rule: Rule = {
  slug: 'add-column-inline-primary-key',
  section: 'columns',
  title: 'PRIMARY KEY written at a new column blocks the table while it is numbered and indexed',
  condition: 'A column is added to an existing table with `PRIMARY KEY` in its definition.',
  effect: 'Nobody can read or write the table while its rows are numbered and the index is built.',
  workaround: 'Add the column, fill it, build a unique index `CONCURRENTLY`, and make the key of it.',
  severity: 'error',
  over: [
    'add-column-volatile-default',
    'add-column-serial',
    'add-column-identity',
    'add-column-generated-stored',
    'add-column-constrained-domain',
    'add-column-inline-unique',
    'add-column-not-null-no-default',
  ],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
