import type { IndexElem, IndexStmt, Node, ReindexStmt } from '@pgsql/types';
import { newIndexName } from '../sql/apply/create-index.ts';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { listedName, relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { TextEdit } from './rule.ts';

/** The index that a CREATE INDEX makes. Names are schema-qualified. */
export type CreatedIndex = {
  readonly node: IndexStmt;
  readonly table: string;
  /** What is known of the table. */
  readonly onTable: Relation | undefined;
  readonly index: string;
  readonly isConcurrent: boolean;
};

export function createdIndex({ node }: Statement, catalog: Catalog): CreatedIndex | undefined {
  if (!('IndexStmt' in node)) return undefined;
  const table = relationName(catalog, node.IndexStmt.relation);
  return {
    node: node.IndexStmt,
    table,
    onTable: catalog.relations.get(table),
    index: newIndexName(catalog, node.IndexStmt),
    isConcurrent: node.IndexStmt.concurrent === true,
  };
}

/** The columns and expressions of a CREATE INDEX, without those of INCLUDE. */
export function indexElements({ indexParams }: IndexStmt): readonly IndexElem[] {
  return (indexParams ?? []).flatMap((element) => ('IndexElem' in element ? [element.IndexElem] : []));
}

/** An index that a DROP INDEX names. */
export type DroppedIndex = {
  readonly name: string;
  /** What is known of the index and of its table. */
  readonly index: Relation | undefined;
  readonly table: Relation | undefined;
};

/** The indexes that a DROP INDEX names, without those that IF EXISTS passes over; none for any other statement. */
export function droppedIndexes({ node }: Statement, catalog: Catalog): readonly DroppedIndex[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_INDEX') return [];
  const { objects = [], missing_ok: isOptional } = node.DropStmt;
  return objects.flatMap((object) => {
    const name = listedName(catalog, object);
    const index = catalog.relations.get(name);
    if (index === undefined && isOptional && catalog.complete) return [];
    return [
      { name, index, table: index?.table === undefined ? undefined : catalog.relations.get(index.table) },
    ];
  });
}

/** The relation that a complaint about a dropped index is about: its table, or itself when that is not known. */
export function meant({ name, table }: DroppedIndex): string {
  return table?.name ?? name;
}

export function isDropConcurrent({ node }: Statement): boolean {
  return 'DropStmt' in node && node.DropStmt.concurrent === true;
}

/** REINDEX CONCURRENTLY, and REINDEX (CONCURRENTLY), which takes a truth value (documentation, REINDEX). */
export function isReindexConcurrent({ params }: ReindexStmt): boolean {
  return (params ?? []).some((option) => {
    if (!('DefElem' in option) || option.DefElem.defname !== 'concurrently') return false;
    return !isFalse(option.DefElem.arg);
  });
}

function isFalse(value: Node | undefined): boolean {
  if (value === undefined) return false;
  if ('String' in value) return /^(false|off)$/i.test(value.String.sval ?? '');
  if ('Boolean' in value) return value.Boolean.boolval !== true;
  return 'Integer' in value && (value.Integer.ival ?? 0) === 0;
}

export function isPartitioned(catalog: Catalog, table: string | undefined): boolean {
  return table !== undefined && catalog.relations.get(table)?.kind === 'partitioned table';
}

/** CONCURRENTLY put after the statement's first words, which `head` matches; nothing when they are written another way. */
export function insertConcurrently({ sql, place }: Statement, head: RegExp): readonly TextEdit[] {
  const match = head.exec(sql);
  if (!match) return [];
  const at = place.startByte + Buffer.byteLength(match[0]);
  return [{ startByte: at, endByte: at, text: ' CONCURRENTLY' }];
}

/** The whole statement with CONCURRENTLY, where it is short enough to be copied from a report and holds no comment. */
export function concurrentForm(statement: Statement, head: RegExp): string | undefined {
  const { sql, rendered } = statement;
  const match = head.exec(sql);
  if (match === null || rendered || /--|\/\*|`/.test(sql)) return undefined;
  const end = match[0].length;
  const whole = `${sql.slice(0, end)} CONCURRENTLY${sql.slice(end)}`.trim();
  const line = /['"$]/.test(whole) ? whole : whole.replace(/\s+/g, ' ');
  return line.length > 200 || line.includes('\n') ? undefined : line;
}

const TABLE_NAME = /^(?:"(?:[^"]|"")*"|[^\s".(]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[^\s".(]+))*/;

/** All of a CREATE INDEX that follows the table's name: method, columns, WHERE. Undefined where comments stand in it. */
export function indexDefinition({ sql }: Statement, { relation }: IndexStmt): string | undefined {
  const from = Buffer.from(sql)
    .subarray(relation?.location ?? 0)
    .toString();
  const name = TABLE_NAME.exec(from)?.[0];
  const rest = name === undefined ? undefined : from.slice(name.length).trim();
  if (rest === undefined || /--|\/\*|`/.test(rest)) return undefined;
  return rest.includes("'") || rest.includes('"') ? rest : rest.replace(/\s+/g, ' ');
}
