import type { IndexElem, Node } from '@pgsql/types';
import { expressionText } from '../../sql/expression.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { buildsIndex } from '../key-building.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

type Unique = {
  readonly table: string;
  readonly name: string | undefined;
  /** SQL text of columns and expressions, undefined for one that is not printed. */
  readonly columns: readonly (string | undefined)[];
  readonly predicate: Node | undefined;
  readonly nullsAlike: boolean;
  readonly concurrent: boolean;
};

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return [...ofIndex(statement, context), ...ofConstraints(statement, context)]
    .filter(({ table }) => context.catalog.relations.get(table)?.isNew !== true)
    .map((unique) => ({
      relation: unique.table,
      part: unique.name,
      message: `If ${code(unique.table)} holds two rows with the same ${what(unique)}, the statement fails${unique.concurrent ? ' and leaves an invalid index behind' : ''}.`,
      help: advice(search(unique)),
    }));
}

function ofConstraints(statement: Statement, { catalog }: RuleContext): readonly Unique[] {
  return addedConstraints(statement, catalog).flatMap(({ table, node, constraint }) => {
    const isKey = constraint.kind === 'unique' || constraint.kind === 'primary key';
    if (!isKey || node.indexname || node.without_overlaps) return [];
    return [
      {
        table,
        name: constraint.name,
        columns: constraint.columns.map(identifierText),
        predicate: undefined,
        nullsAlike: node.nulls_not_distinct === true || constraint.kind === 'primary key',
        concurrent: false,
      },
    ];
  });
}

function ofIndex({ node }: Statement, { catalog, effects }: RuleContext): readonly Unique[] {
  if (!('IndexStmt' in node) || !node.IndexStmt.unique || !buildsIndex(effects)) return [];
  const {
    relation,
    idxname,
    indexParams,
    whereClause,
    nulls_not_distinct: alike,
    concurrent,
  } = node.IndexStmt;
  return [
    {
      table: relationName(catalog, relation),
      name: idxname,
      columns: (indexParams ?? []).map((one) =>
        'IndexElem' in one ? elementText(one.IndexElem) : undefined,
      ),
      predicate: whereClause,
      nullsAlike: alike === true,
      concurrent: concurrent === true,
    },
  ];
}

function elementText({ name, expr }: IndexElem): string | undefined {
  if (name !== undefined) return identifierText(name);
  const text = expressionText(expr);
  return text === undefined ? undefined : `(${text})`;
}

function what({ columns }: Unique): string {
  return columns.includes(undefined) ? 'key' : code(columns.join(', '));
}

function advice(query: string | undefined): string {
  return query === undefined
    ? 'Look for such rows first, grouped by what the index is made of.'
    : `Look for such rows first with ${code(query)}.`;
}

/** Rows that would stop it. A null is like no other, unless NULLS NOT DISTINCT says so. */
function search({ table, columns, predicate, nullsAlike }: Unique): string | undefined {
  const condition = predicate && expressionText(predicate);
  if (columns.includes(undefined) || (predicate && condition === undefined)) return undefined;
  const filled = nullsAlike ? [] : columns.map((column) => `${column} IS NOT NULL`);
  const where = [...(condition ? [condition] : []), ...filled].join(' AND ');
  const list = columns.join(', ');
  return `SELECT ${list}, count(*) FROM ${qualifiedText(table)}${where ? ` WHERE ${where}` : ''} GROUP BY ${list} HAVING count(*) > 1`;
}

export const rule: Rule = {
  slug: 'unique-may-fail-on-data',
  section: 'constraints',
  title: 'A unique index fails on rows that are there twice',
  condition: 'A unique index or constraint is made on an existing table.',
  effect: 'The statement fails if two rows are alike; a concurrent build leaves an invalid index behind.',
  workaround: 'Look for such rows first.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { fails: '23505' },
  check,
};
