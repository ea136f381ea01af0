import type { Constraint, CreateStmt, Node, PartitionSpec } from '@pgsql/types';
import type { Catalog, Relation } from '../../sql/catalog.ts';
import { columnClauses } from '../../sql/columns.ts';
import { expressionText } from '../../sql/expression.ts';
import { indexesOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, newName, relationName, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { createdIndex, indexElements } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return uniqueness(statement, catalog).flatMap((unique) => {
    const missing = unique.key.filter((key) => !unique.columns.includes(key));
    if (missing.length === 0) return [];
    return [
      {
        relation: unique.table,
        part: unique.part,
        message: `The server refuses ${code(unique.form)} (${code(unique.columns.join(', '))}) on ${code(unique.table)}, which is partitioned by ${listed(unique.key)}, so the migration fails here.`,
        help: help(unique, missing),
      },
    ];
  });
}

/** Something unique on a partitioned table: each partition has its own index, which must see all rows that could be equal (documentation 5.12.2.3). */
type Unique = {
  readonly table: string;
  /** Columns of the partition key; an expression as text that is no column's name. */
  readonly key: readonly string[];
  readonly form: 'PRIMARY KEY' | 'UNIQUE' | 'UNIQUE INDEX';
  readonly columns: readonly string[];
  readonly part: string | undefined;
  readonly known: readonly string[];
};

function help({ table, part, columns, key, known, form }: Unique, missing: readonly string[]): string {
  if (missing.some((one) => !known.includes(one)))
    return `Leave it out, or make it unique on each partition: no key can be checked across partitions when the partition key (${code(key.join(', '))}) is an expression.`;
  const whole = [...columns, ...missing].map(identifierText).join(', ');
  const index = `CREATE UNIQUE INDEX ${identifierText(part ?? '')} ON ${qualifiedText(table)}`;
  return `Write ${code(`${form === 'UNIQUE INDEX' ? index : form} (${whole})`)}, which is unique together with the partition key.`;
}

function uniqueness(statement: Statement, catalog: Catalog): readonly Unique[] {
  if ('CreateStmt' in statement.node) return inCreateTable(statement.node.CreateStmt, catalog);
  const made = createdIndex(statement, catalog);
  if (made !== undefined) {
    const columns = indexElements(made.node).flatMap(({ name }) => name ?? []);
    return made.node.unique && !catalog.relations.has(made.index)
      ? onExistingTable(made.onTable, 'UNIQUE INDEX', columns, bareName(made.index))
      : [];
  }
  return alterCommands(statement, catalog).flatMap(({ table, command: { subtype, def } }) => {
    const relation = catalog.relations.get(table);
    return ['AT_AddConstraint', 'AT_AddColumn'].includes(subtype ?? '')
      ? clauses(def).flatMap(({ form, columns, part }) => onExistingTable(relation, form, columns, part))
      : [];
  });
}

function onExistingTable(
  table: Relation | undefined,
  form: Unique['form'],
  columns: readonly string[],
  part: string | undefined,
): readonly Unique[] {
  if (table?.partitionKey === undefined) return [];
  const known = table.columns.map(({ name }) => name);
  return [{ table: table.name, key: table.partitionKey, form, columns, part, known }];
}

function inCreateTable(node: CreateStmt, catalog: Catalog): readonly Unique[] {
  const table = newName(catalog, node.relation);
  if (node.partspec === undefined || (node.if_not_exists && catalog.relations.has(table))) return [];
  const key = keyOf(node.partspec);
  const known = (node.partspec.partParams ?? []).flatMap((element) =>
    'PartitionElem' in element ? (element.PartitionElem.name ?? []) : [],
  );
  const written = [...(node.tableElts ?? []), ...(node.constraints ?? [])].flatMap(clauses);
  const all = [...written, ...inherited(node, catalog)];
  return all.map((one) => ({ ...one, table, key, known: [...known, ...one.columns] }));
}

function keyOf({ partParams }: PartitionSpec): readonly string[] {
  return (partParams ?? []).flatMap((element) => {
    if (!('PartitionElem' in element)) return [];
    const { name, expr } = element.PartitionElem;
    return [name ?? `(${expressionText(expr) ?? 'an expression'})`];
  });
}

type Clause = Pick<Unique, 'form' | 'columns' | 'part'>;

/** PRIMARY KEY and UNIQUE, of the table or at a column. */
function clauses(node: Node | undefined): readonly Clause[] {
  if (node === undefined) return [];
  if ('Constraint' in node) return clause(node.Constraint, strings(node.Constraint.keys));
  if (!('ColumnDef' in node)) return [];
  const { ColumnDef: column } = node;
  return columnClauses(column).flatMap((one) => clause(one, [column.colname ?? '']));
}

function clause({ contype, conname, indexname }: Constraint, columns: readonly string[]): readonly Clause[] {
  if (indexname) return [];
  if (contype === 'CONSTR_PRIMARY') return [{ form: 'PRIMARY KEY', columns, part: conname }];
  return contype === 'CONSTR_UNIQUE' ? [{ form: 'UNIQUE', columns, part: conname }] : [];
}

const LIKE_INDEXES = 1 << 6;

/** What LIKE … INCLUDING INDEXES copies, and what the parent hands down to a partition that is partitioned itself. */
function inherited(node: CreateStmt, catalog: Catalog): readonly Clause[] {
  const parents = node.partbound ? (node.inhRelations ?? []) : [];
  const copied = (node.tableElts ?? []).flatMap((element) =>
    'TableLikeClause' in element && (element.TableLikeClause.options ?? 0) & LIKE_INDEXES
      ? [element.TableLikeClause.relation]
      : [],
  );
  const ranges = [...parents.flatMap((one) => ('RangeVar' in one ? [one.RangeVar] : [])), ...copied];
  return ranges.flatMap((range) => {
    const source = relationName(catalog, range);
    const primary = catalog.relations.get(source)?.constraints.find(({ kind }) => kind === 'primary key');
    return indexesOf(catalog, source)
      .filter(({ unique }) => unique)
      .map(
        ({ indexColumns: columns }): Clause => ({
          form: primary?.columns.join() === columns.join() ? 'PRIMARY KEY' : 'UNIQUE',
          columns,
          part: undefined,
        }),
      );
  });
}

export const rule: Rule = {
  slug: 'partition-key-not-in-pk',
  section: 'partitions',
  title: 'A unique key of a partitioned table must include the partition key',
  condition:
    'A `PRIMARY KEY`, `UNIQUE` or unique index of a partitioned table lacks a column of its partition key.',
  effect: 'The statement fails, and the migration with it.',
  workaround: 'Add the partition key to the columns.',
  severity: 'error',
  over: [
    'create-index-blocking',
    'create-index-partitioned-parent',
    'add-unique-constraint',
    'add-primary-key-builds-index',
    'add-column-inline-unique',
    'add-column-inline-primary-key',
  ],
  since: 13,
  claim: { fails: '0A000' },
  check,
};
