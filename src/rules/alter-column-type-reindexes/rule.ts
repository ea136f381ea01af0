import { columnsOfIndex, indexesOf } from '../../sql/graph.ts';
import { identifierText } from '../../sql/identifier.ts';
import { isRebuilt } from '../../sql/index-parts.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, them } from '../column-advice.ts';
import { built, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { type TypeChange, typeChanges } from '../type-changes.ts';
import { code, isOrAre, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap((change) => {
    const tables = built(change.worked);
    if (tables.length === 0 || rewritten(change.worked).length > 0) return [];
    const indexes = tables.flatMap((table) => rebuiltOn(change, table));
    return [
      {
        relation: change.table,
        part: change.column,
        message: `The new type of ${code(change.column)} keeps the rows as they are, but ${listed(indexes)} ${isOrAre(indexes)} built anew while nobody can read or write ${them(tables)}.`,
        help: help(change, indexes, tables),
      },
    ];
  });
}

function rebuiltOn({ schema, column, from = '', to, definition }: TypeChange, name: string) {
  const table = schema.relations.get(name);
  if (table === undefined) return [];
  const collated = definition.collClause !== undefined;
  return indexesOf(schema, name)
    .filter(
      (index) =>
        columnsOfIndex(index).includes(column) && isRebuilt(table, index, { column, from, to, collated }),
    )
    .map((index) => index.name);
}

function help(
  { table, column, type }: TypeChange,
  indexes: readonly string[],
  tables: readonly string[],
): string {
  const drops = indexes.map((name) => code(`DROP INDEX CONCURRENTLY ${identifierText(bareName(name))}`));
  const fresh = `Write ${addPlain(table, `${column}_new`, type)}, keep it filled by a trigger, copy ${code(column)} in batches, build its indexes CONCURRENTLY and swap the names`;
  // An index of a partitioned table or of a key cannot be dropped CONCURRENTLY.
  if (tables.length > 1 || drops.length > 1) return `${fresh}.`;
  return `${fresh}; or, if queries can do without it meanwhile and it backs no constraint, ${drops.join(' ')} before the change and build it CONCURRENTLY after it.`;
}

export const rule: Rule = {
  slug: 'alter-column-type-reindexes',
  section: 'columns',
  title: 'A new column type builds indexes anew although no row changes',
  condition:
    'A type change that leaves the rows as they are meets an index with another collation or operator class, an expression, or a `WHERE`.',
  effect: 'Nobody can read or write the table while its indexes are built.',
  workaround: 'Add a new column with indexes built `CONCURRENTLY`, and swap the names.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
