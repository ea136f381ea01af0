import type { ColumnDef, Constraint as ConstraintNode, CreateStmt, Node } from '@pgsql/types';
import type { Catalog, Constraint, Relation } from '../sql/catalog.ts';
import { newRelation, withConstraint } from '../sql/catalog-edit.ts';
import { columnClauses } from '../sql/columns.ts';
import { readConstraint } from '../sql/constraints.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import { newName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { type AlterCommand, alterCommands } from './alter-commands.ts';
import { remembered } from './remembered.ts';
import type { TextEdit } from './rule.ts';
import { code } from './words.ts';

/** A constraint that a statement adds: as the grammar has it, and as the catalog will hold it. */
export type NewConstraint = {
  readonly table: string;
  readonly node: ConstraintNode;
  /** Its name is the one that Postgres chooses when none is written. */
  readonly constraint: Constraint;
  /** Whether the table was made by the change that is judged. */
  readonly onNewTable: boolean;
};

/** One of ALTER TABLE … ADD CONSTRAINT, with its subcommand. */
export type AddedConstraint = NewConstraint & { readonly part: AlterCommand };

/** The constraints that ALTER TABLE … ADD CONSTRAINT adds, each by itself. */
export const addedConstraints = remembered(readAddedConstraints);

function readAddedConstraints(statement: Statement, catalog: Catalog): readonly AddedConstraint[] {
  return alterCommands(statement, catalog).flatMap((part) => {
    const { command, table, schema } = part;
    if (command.subtype !== 'AT_AddConstraint' || !command.def || !('Constraint' in command.def)) return [];
    const relation = schema.relations.get(table) ?? newRelation(table, 'table', { isNew: false });
    const found = read(schema, relation, command.def.Constraint);
    return found ? [{ ...found, part }] : [];
  });
}

/** All constraints that a statement writes: ADD CONSTRAINT, those at a column of ADD COLUMN, those of CREATE TABLE. */
export const newConstraints = remembered(readNewConstraints);

function readNewConstraints(statement: Statement, catalog: Catalog): readonly NewConstraint[] {
  if ('CreateStmt' in statement.node) return ofNewTable(statement.node.CreateStmt, catalog);
  return [...addedConstraints(statement, catalog), ...ofNewColumns(statement, catalog)];
}

function ofNewTable(node: CreateStmt, catalog: Catalog): readonly NewConstraint[] {
  const name = newName(catalog, node.relation);
  if (node.if_not_exists && catalog.relations.has(name)) return [];
  let table = newRelation(name, 'table');
  const found: NewConstraint[] = [];
  for (const [clause, column] of [...(node.tableElts ?? []), ...(node.constraints ?? [])].flatMap(clauses)) {
    const one = read(catalog, table, clause, column);
    if (one === undefined) continue;
    table = withConstraint(table, one.constraint);
    found.push(one);
  }
  return found;
}

function ofNewColumns(statement: Statement, catalog: Catalog): readonly NewConstraint[] {
  return alterCommands(statement, catalog).flatMap(({ command, table, schema }) => {
    const column = addedColumn(command.def);
    const relation = schema.relations.get(table) ?? newRelation(table, 'table', { isNew: false });
    const exists = relation.columns.some(({ name }) => name === column?.colname);
    if (column === undefined || (command.missing_ok && exists)) return [];
    return columnClauses(column).flatMap((clause) => read(schema, relation, clause, column.colname) ?? []);
  });
}

function addedColumn(def: Node | undefined): ColumnDef | undefined {
  return def && 'ColumnDef' in def ? def.ColumnDef : undefined;
}

function clauses(element: Node): readonly (readonly [ConstraintNode, string | undefined])[] {
  if ('Constraint' in element) return [[element.Constraint, undefined]];
  if (!('ColumnDef' in element)) return [];
  return columnClauses(element.ColumnDef).map((clause) => [clause, element.ColumnDef.colname] as const);
}

function read(
  catalog: Catalog,
  relation: Relation,
  node: ConstraintNode,
  column?: string,
): NewConstraint | undefined {
  const constraint = readConstraint(catalog, relation, node, column);
  return constraint && { table: relation.name, node, constraint, onNewTable: relation.isNew };
}

/** `a, b` as SQL writes it. */
export function columnsText(columns: readonly string[]): string {
  return columns.map(identifierText).join(', ');
}

/** A constraint in a sentence, by its name, or by its kind when the statement gives it none. */
export function named({ conname }: ConstraintNode, kind: string): string {
  return conname ? code(conname) : kind;
}

/** `ALTER TABLE public.orders VALIDATE CONSTRAINT orders_total_check` */
export function validation({ table, constraint }: NewConstraint): string {
  return `ALTER TABLE ${qualifiedText(table)} VALIDATE CONSTRAINT ${identifierText(constraint.name)}`;
}

/** NOT VALID put behind the constraint: at the statement's end, or before the comma that the next ADD follows. No edit where the end of its text is not known. */
export function withoutValidation(statement: Statement, added: AddedConstraint): readonly TextEdit[] {
  const nodes = commandsOf(statement);
  const next = nodes[nodes.indexOf(added.part.command) + 1];
  const end = next === undefined ? Buffer.byteLength(statement.sql) : beforeAdd(statement, next.def);
  if (end === undefined) return [];
  const at = statement.place.startByte + end;
  return [{ startByte: at, endByte: at, text: ' NOT VALID' }];
}

function commandsOf({ node }: Statement): readonly AlterCommand['command'][] {
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return commands.flatMap((command) => ('AlterTableCmd' in command ? [command.AlterTableCmd] : []));
}

/** Bytes from the statement's start to the comma before `ADD <constraint>`, when nothing but that stands between; with comments about, a comma may be one of theirs. */
function beforeAdd({ sql }: Statement, def: Node | undefined): number | undefined {
  const start = def && 'Constraint' in def ? def.Constraint.location : undefined;
  if (start === undefined || /--|\/\*/.test(sql)) return undefined;
  const head = Buffer.from(sql).subarray(0, start).toString();
  const comma = /,\s*add\s+$/i.exec(head);
  return comma ? Buffer.byteLength(head.slice(0, comma.index)) : undefined;
}
