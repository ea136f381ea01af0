import { applyStatement } from '../../sql/apply.ts';
import type { Catalog, Constraint } from '../../sql/catalog.ts';
import { foreignKeysOf } from '../../sql/graph.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { isIndexed, leads } from '../foreign-key-index.ts';
import { droppedIndexes } from '../index-statements.ts';
import { laterStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isSmall } from '../table-size.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  return droppedIndexes(statement, catalog).flatMap(({ name, index, table }) => {
    if (index === undefined || table === undefined || table.isNew || isSmall(catalog, table.name)) return [];
    const keys = foreignKeysOf(table).filter(
      ({ columns, enforced }) =>
        enforced !== false && leads(index.indexColumns, columns) && isIndexed(catalog, table.name, columns),
    );
    if (keys.length === 0) return [];
    const end = atEnd(statement, context);
    return keys
      .filter((key) => isLeftWithout(end, table.name, key))
      .map((key) => ({
        relation: table.name,
        part: bareName(name),
        ...words(table.name, bareName(name), key),
      }));
  });
}

/** The schema when the file is through. */
function atEnd(statement: Statement, context: RuleContext): Catalog {
  return [statement, ...laterStatements(statement, context)].reduce(applyStatement, context.catalog);
}

function isLeftWithout(end: Catalog, table: string, { name, columns }: Constraint): boolean {
  return (
    foreignKeysOf(end.relations.get(table)).some((key) => key.name === name) &&
    !isIndexed(end, table, columns)
  );
}

function words(table: string, index: string, { name, columns, references = '' }: Constraint) {
  return {
    message: `Without ${code(index)} each row of ${code(references)} that is deleted, or gets another key, makes the server read all of ${code(table)}, to keep ${code(name)}.`,
    help: `Keep ${code(index)}, or build another index that begins with ${columns.map(code).join(', ')} first.`,
  };
}

export const rule: Rule = {
  slug: 'drop-index-of-foreign-key',
  section: 'context',
  title: 'The index behind a foreign key is dropped',
  condition: 'The only index that begins with the columns of a foreign key is dropped.',
  effect: 'Each delete and each change of a key in the referenced table reads the whole table.',
  workaround: 'Keep it, or build another one first.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DropStmt'],
  check,
};
