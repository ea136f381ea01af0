import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { namedRelations } from '../../sql/walk.ts';
import { filledByQuery } from '../copied-queries.ts';
import { dataChanges } from '../data-changes.ts';
import { earlierStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const deleted = dataChanges(statement, context.catalog).flatMap(({ kind, table }) =>
    kind === 'delete' ? [table] : [],
  );
  const dropped = context.effects.relations
    .filter(({ dataLoss, kind }) => dataLoss && ROWS.has(kind))
    .map(({ relation }) => relation);
  const lost = [...new Set([...deleted, ...dropped])].filter(
    (name) => context.catalog.relations.get(name)?.isNew !== true && schemaOf(name) !== 'pg_temp',
  );
  return lost.filter((name) => !isCopied(name, statement, context)).map(complaint);
}

const ROWS = new Set(['table', 'partitioned table']);

function isCopied(table: string, statement: Statement, context: RuleContext): boolean {
  const { catalog } = context;
  return earlierStatements(statement, context).some((earlier) => {
    const filled = filledByQuery(earlier);
    if (filled !== undefined) return namedRelations(catalog, filled.query).includes(table);
    const { node } = earlier;
    if (!('InsertStmt' in node)) return false;
    const { relation, selectStmt } = node.InsertStmt;
    return relationName(catalog, relation) !== table && namedRelations(catalog, selectStmt).includes(table);
  });
}

function complaint(table: string): Complaint {
  const copy = `${schemaOf(table)}.${bareName(table)}_before`;
  return {
    relation: table,
    message: `What is lost of ${code(table)} here no down migration brings back; only a backup of the whole server can.`,
    help: `Keep a copy first, with ${code(`CREATE TABLE ${qualifiedText(copy)} AS TABLE ${qualifiedText(table)}`)}, and drop ${code(identifierText(bareName(copy)))} when nobody has missed anything.`,
  };
}

export const rule: Rule = {
  slug: 'no-prior-backup',
  section: 'reruns',
  title: 'Rows are deleted that no earlier statement copied',
  condition:
    'Rows, a column or a table that stood before are lost, and the file made no copy of the table first.',
  effect: 'No down migration can bring them back; only a backup of the whole server can.',
  workaround: 'Copy what is lost into a table first.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
