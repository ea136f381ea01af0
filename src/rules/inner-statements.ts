import type { CreateSchemaStmt, FuncCall, Node } from '@pgsql/types';
import { applyEmbedded } from '../sql/apply.ts';
import { isOn } from '../sql/boolean-option.ts';
import type { Catalog, Routine } from '../sql/catalog.ts';
import { resolve, strings } from '../sql/names.ts';
import { type Embedded, embeddedStatements } from '../sql/plpgsql.ts';
import { routineCode } from '../sql/routine.ts';
import type { Statement } from '../sql/statement.ts';
import { isBuiltin } from '../sql/volatility.ts';
import { collect } from '../sql/walk.ts';

/** A statement that another one runs. */
export type InnerStatement = {
  readonly inner: Statement;
  /** The schema that those before it made. */
  readonly schema: Catalog;
  /** The function or procedure that it stands in; undefined for the text of a DO block. */
  readonly routine: string | undefined;
};

/**
 * What a DO block runs, the elements of CREATE SCHEMA, and what the functions run that a SELECT or CALL names, in this
 * order and on to the functions that those name. A function whose overload is not certain, and one that only a trigger or a default calls, is left out.
 */
export function innerStatements(statement: Statement, catalog: Catalog): readonly InnerStatement[] {
  const run: Run = { schema: catalog, followed: new Set(), found: [] };
  if (statement.kind === 'DoStmt') pass(embeddedStatements(statement), undefined, run);
  else if ('CreateSchemaStmt' in statement.node)
    passElements(statement, statement.node.CreateSchemaStmt, run);
  else if (isCarrier(statement)) carry(statement, run);
  else follow(statement, run);
  return run.found;
}

/** Bare names in them are those of the new schema first. */
function passElements(
  statement: Statement,
  { schemaname = '', schemaElts = [] }: CreateSchemaStmt,
  run: Run,
): void {
  run.schema = { ...run.schema, searchPath: [schemaname, ...run.schema.searchPath] };
  const elements = schemaElts.map((node) => ({ ...statement, kind: Object.keys(node)[0] ?? '', node }));
  pass({ statements: elements, unseen: 0 }, undefined, run);
}

function isCarrier({ node }: Statement): boolean {
  return 'ExplainStmt' in node || 'ExecuteStmt' in node;
}

/** EXPLAIN ANALYZE and EXECUTE run the statement that they hold or name; plain EXPLAIN does not. */
function carry(statement: Statement, run: Run): void {
  const carried = carriedBy(statement, run.schema);
  const [kind] = Object.keys(carried ?? {});
  if (carried === undefined || kind === undefined) return;
  const inner = { ...statement, kind, node: carried };
  if (isCarrier(inner)) carry(inner, run);
  else pass({ statements: [inner], unseen: 0 }, undefined, run);
}

function carriedBy({ node }: Statement, { prepared }: Catalog): Node | undefined {
  if ('ExecuteStmt' in node) return prepared?.get(node.ExecuteStmt.name ?? '');
  if (!('ExplainStmt' in node)) return undefined;
  return isOn(node.ExplainStmt.options, 'analyze') ? node.ExplainStmt.query : undefined;
}

type Run = { schema: Catalog; readonly followed: Set<Routine>; readonly found: InnerStatement[] };

function pass(code: Embedded, routine: string | undefined, run: Run): void {
  for (const inner of code.statements) {
    run.found.push({ inner, schema: run.schema, routine });
    follow(inner, run);
    run.schema = applyEmbedded(run.schema, inner, code);
  }
}

function follow(statement: Statement, run: Run): void {
  if (!run.schema.routines?.size) return;
  for (const call of calls(statement)) {
    const name = strings(call.funcname);
    const full = isBuiltin(name) ? undefined : resolve(run.schema, name);
    const meant = full === undefined ? undefined : overload(run.schema, full, call.args?.length ?? 0);
    if (meant === undefined || run.followed.has(meant)) continue;
    run.followed.add(meant);
    // The body has a place of its own, in another file perhaps: what is complained of is the call.
    pass(placedAt(statement.place, routineCode(meant)), full, run);
  }
}

function placedAt(place: Statement['place'], { statements, perhaps, undone, unseen }: Embedded): Embedded {
  const placed = new Map(statements.map((inner) => [inner, { ...inner, place }]));
  const those = (some: ReadonlySet<Statement> = new Set()): ReadonlySet<Statement> =>
    new Set([...some].flatMap((inner) => placed.get(inner) ?? []));
  return { statements: [...placed.values()], perhaps: those(perhaps), undone: those(undone), unseen };
}

function calls({ node }: Statement): readonly FuncCall[] {
  if ('CallStmt' in node) return node.CallStmt.funccall ? [node.CallStmt.funccall] : [];
  return 'SelectStmt' in node ? collect<FuncCall>(node, 'FuncCall') : [];
}

function overload(catalog: Catalog, name: string, passed: number): Routine | undefined {
  const fitting = overloads(catalog, name, passed);
  return fitting.length === 1 ? fitting[0] : undefined;
}

function overloads({ routines }: Catalog, name: string, passed: number): readonly Routine[] {
  return (routines?.get(name) ?? []).filter(
    ({ arguments: [least, most] }) => least <= passed && passed <= most,
  );
}

/** Whether a SELECT or CALL names a function of which nobody knows the overload that runs. */
export function callsUncertain(statement: Statement, catalog: Catalog): boolean {
  return calls(statement).some(({ funcname, args }) => {
    const name = strings(funcname);
    return !isBuiltin(name) && overloads(catalog, resolve(catalog, name), args?.length ?? 0).length > 1;
  });
}
