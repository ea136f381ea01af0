import type {
  CallStmt,
  CopyStmt,
  CreateFunctionStmt,
  DeclareCursorStmt,
  ExecuteStmt,
  ExplainStmt,
  Node,
  PrepareStmt,
} from '@pgsql/types';
import { isOn } from '../boolean-option.ts';
import { touchesOf } from '../effects.ts';
import { ANYTHING } from '../key-condition.ts';
import { relationName, strings } from '../names.ts';
import { languageOf, sqlBody } from '../routine.ts';
import { callsIn, callsOf, preparedStatement } from './code.ts';
import { insertTargets } from './partition-routing.ts';
import { query } from './queries.ts';
import { boundOf, readRelation } from './reads.ts';
import type { RowEvent } from './row-events.ts';
import { runEvent } from './run-event.ts';
import { known, listed, type Touch, type Touches, touch, UNSEEN, type Work } from './touch.ts';

/** PREPARE keeps the locks of looking at the query, not those of running it. */
export function prepare({ query: statement }: PrepareStmt, work: Work): Touches {
  return statement && query(statement, { ...work, depth: 'rewritten' });
}

export function execute({ name, params }: ExecuteStmt, work: Work): Touches {
  const statement = preparedStatement(work.catalog, name);
  if (statement === undefined) return undefined;
  return [...listed(touchesOf(statement, work)), ...callsIn(params, work)];
}

/** EXPLAIN plans; with ANALYZE it does all that the statement does. */
export function explain({ query: statement, options }: ExplainStmt, work: Work): Touches {
  if (statement === undefined) return undefined;
  const [kind = ''] = Object.keys(statement);
  if (isOn(options, 'analyze')) return touchesOf({ kind, node: statement }, work);
  const planned = { ...work, depth: 'planned' } as const;
  return query(
    kind === 'ExecuteStmt' ? (preparedStatement(work.catalog, nameOf(statement))?.node ?? {}) : statement,
    planned,
  );
}

function nameOf(statement: Node): string | undefined {
  return 'ExecuteStmt' in statement ? statement.ExecuteStmt.name : undefined;
}

/** A cursor is planned when it is declared, and runs as it is fetched from. */
export function declareCursor({ query: statement }: DeclareCursorStmt, work: Work): Touches {
  return statement && query(statement, work);
}

export function call({ funccall }: CallStmt, work: Work): Touches {
  if (funccall === undefined) return undefined;
  return [...callsIn({ FuncCall: funccall }, work), ...query({ args: funccall.args ?? [] }, work)];
}

/** COPY reads or fills the one table without planning; COPY of a query is the query. What a program does nobody knows. */
export function copy(node: CopyStmt, work: Work): Touches {
  return [...listed(copyRows(node, work)), ...(node.is_program ? [UNSEEN] : [])];
}

function copyRows(node: CopyStmt, work: Work): Touches {
  if (node.query !== undefined) return query(node.query, work);
  const name = relationName(work.catalog, node.relation);
  if (!node.is_from) return [touch(work, name, 'AccessShareLock', 'it is copied out')];
  const rows = copied(
    strings(node.attlist),
    known(work, name)?.columns.map((column) => column.name),
  );
  return [
    touch(work, name, 'RowExclusiveLock', 'rows are copied into it'),
    ...insertTargets(work, name, [ANYTHING]),
    ...boundOf(work, name),
    ...runEvent(name, rows, work),
  ];
}

function copied(listed: readonly string[], all: readonly string[] = []): RowEvent {
  const given = listed.length > 0 ? listed : all;
  const rest = all.filter((name) => !given.includes(name));
  return { event: 'insert', written: new Set(given), nulls: new Set(), defaulted: new Set(rest) };
}

/** A body in SQL is looked at when the function is made (check_function_bodies), one in another language is not. */
export function createFunction(node: CreateFunctionStmt, work: Work): Touches {
  if (languageOf(node) !== 'sql') return [];
  const depth = node.sql_body === undefined ? 'rewritten' : 'analyzed';
  const { statements } = sqlBody(node);
  return statements.flatMap((statement) => lookedAt(statement, { ...work, depth }));
}

function lookedAt({ kind, node }: { kind: string; node: Node }, work: Work): readonly Touch[] {
  return LOOKED_AT.has(kind) ? query(node, work) : [];
}

/** Utility statements in a body are not looked at. */
const LOOKED_AT = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** What a materialized view's query does when it runs. */
export function runView(name: string, work: Work): readonly Touch[] {
  const view = known(work, name);
  if (view === undefined) return [UNSEEN];
  return [
    ...(view.reads ?? []).flatMap((read) => readRelation(work, read, 'AccessShareLock', `${name} reads it`)),
    ...callsOf(view, work),
  ];
}
