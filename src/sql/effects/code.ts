import type { FuncCall, Node } from '@pgsql/types';
import { applyEmbedded } from '../apply.ts';
import type { Catalog, Relation, Routine, Rule, Trigger, TriggerEvent } from '../catalog.ts';
import { touchesOf } from '../effects.ts';
import { parseBytes } from '../engine.ts';
import { isHarmless } from '../harmless-functions.ts';
import { resolve, strings } from '../names.ts';
import type { Embedded } from '../plpgsql.ts';
import { routineCode } from '../routine.ts';
import type { Statement } from '../statement.ts';
import { isBuiltin } from '../volatility.ts';
import { collect } from '../walk.ts';
import { builtinTouches } from './builtin-calls.ts';
import { isSeen, listed, onlyPerhaps, type Touch, UNSEEN, type Work } from './touch.ts';

/** What the calls in a tree do, each function being followed into its body once. */
export function callsIn(root: unknown, work: Work): readonly Touch[] {
  return callTouches(collect<FuncCall>(root, 'FuncCall'), work);
}

export function callTouches(calls: readonly FuncCall[], work: Work): readonly Touch[] {
  return calls.flatMap((call) => {
    const name = strings(call.funcname);
    const passed = call.args?.length ?? 0;
    if (!isBuiltin(name)) return namedCall(resolve(work.catalog, name), passed, work);
    return [...builtinTouches(call, work), ...namesake(name, passed, work)];
  });
}

/** A function that the users made with the name of one of Postgres' own is called where its arguments fit better (documentation 10.3). */
function namesake(name: readonly string[], passed: number, work: Work): readonly Touch[] {
  const own = name.length === 1 ? resolve(work.catalog, name) : undefined;
  const fitting = (work.catalog.routines?.get(own ?? '') ?? []).filter(
    ({ arguments: [least, most] }) => least <= passed && passed <= most,
  );
  const touches = fitting.flatMap((routine) => {
    const found = follow(routine, own ?? '', work);
    // Extensions give their types the usual functions (lower, max): their C code would leave every call of these unread.
    return IN_C.has(routine.language) ? found.filter(isSeen) : found;
  });
  return onlyPerhaps(touches);
}

const IN_C: ReadonlySet<string> = new Set(['c', 'internal', 'aggregate']);

/** A call of a function that the users made. Of several overloads that the call could mean all are followed, and nobody knows which it is. */
function namedCall(name: string, passed: number, work: Work): readonly Touch[] {
  const all = work.catalog.routines?.get(name) ?? [];
  const fitting = all.filter(({ arguments: [least, most] }) => least <= passed && passed <= most);
  const meant = fitting.length > 0 ? fitting : all;
  const touches = meant.flatMap((routine) => follow(routine, name, work));
  if (meant.length === 0) return isHarmless(name) ? [] : [UNSEEN];
  return meant.length > 1 && touches.length > 0 ? [...touches, UNSEEN] : touches;
}

/** Every overload of a function that is called nobody knows how: by a trigger, an aggregate or a view. */
function followAll(name: string, work: Work): readonly Touch[] {
  if (isBuiltin(name.split('.'))) return [];
  const routines = work.catalog.routines?.get(name) ?? [];
  if (routines.length === 0) return isHarmless(name) ? [] : [UNSEEN];
  return routines.flatMap((routine) => follow(routine, name, work));
}

function follow(routine: Routine, name: string, work: Work): readonly Touch[] {
  if (work.followed.has(routine)) return [];
  work.followed.add(routine);
  if (routine.language === 'aggregate')
    return routine.definition.split(',').flatMap((part) => (part === '' ? [] : followAll(part, work)));
  if (routine.language === 'c' || routine.language === 'internal') return isHarmless(name) ? [] : [UNSEEN];
  const { searchPath, ...code } = routineCode(routine);
  const catalog = searchPath === undefined ? work.catalog : { ...work.catalog, searchPath };
  return runCode(code, { ...work, catalog });
}

/** Statements one after another, each as if it ran, on the schema that the ones before it made. Relations that they made themselves are left out. */
export function runCode(code: Embedded, work: Work): readonly Touch[] {
  const { statements, perhaps, unseen } = code;
  let { catalog } = work;
  const isOld = (touched: Touch): boolean =>
    !isSeen(touched) ||
    work.catalog.relations.has(touched.relation) ||
    catalog.relations.get(touched.relation)?.isNew !== true;
  const touches: Touch[] = unseen > 0 ? [UNSEEN] : [];
  for (const statement of statements) {
    const found = listed(touchesOf(statement, { ...work, catalog })).filter(isOld);
    touches.push(...(perhaps?.has(statement) ? onlyPerhaps(found) : found));
    catalog = applyEmbedded(catalog, statement, code);
  }
  return touches;
}

/** The triggers that an event fires on a relation; `written` are the columns that an UPDATE sets. */
export function fire(
  relation: Relation | undefined,
  event: TriggerEvent,
  isMeant: (trigger: Trigger) => boolean,
  work: Work,
): readonly Touch[] {
  const fired = (relation?.triggers ?? []).filter(
    (trigger) => !trigger.disabled && trigger.on.includes(event) && isMeant(trigger),
  );
  return fired.flatMap((trigger) => {
    const names = new Set(trigger.transitionTables);
    const isTable = (found: Touch): boolean =>
      !isSeen(found) || !names.has(found.relation.split('.')[1] ?? '');
    return followAll(trigger.function, work).filter(isTable);
  });
}

/** The functions that a view's query calls. */
export function callsOf({ calls = [] }: Relation, work: Work): readonly Touch[] {
  return calls.flatMap((name) => followAll(name, work));
}

/** The calls in an expression that the catalog holds as text: a default, a CHECK. */
export function callsInText(owner: object, text: string | undefined, work: Work): readonly Touch[] {
  if (text?.includes('(') !== true) return [];
  const calls = parsedCalls.get(owner) ?? collect<FuncCall>(expressionOf(text), 'FuncCall');
  parsedCalls.set(owner, calls);
  return callTouches(calls, work);
}

/** By the column or constraint that the text is of. */
const parsedCalls = new WeakMap<object, readonly FuncCall[]>();

function expressionOf(text: string): Node | undefined {
  return parseBytes(Buffer.from(`SELECT (${text})`)).tree?.stmts?.[0]?.stmt;
}

/** The statements that a rule puts beside or in the place of the query's own. */
export function ruleActions(rule: Rule): readonly Action[] {
  const known = parsedRules.get(rule);
  if (known !== undefined) return known;
  const { definition } = rule;
  const node = parseBytes(Buffer.from(definition)).tree?.stmts?.[0]?.stmt;
  const actions = node && 'RuleStmt' in node ? (node.RuleStmt.actions ?? []) : [];
  const statements = actions.flatMap((action) => {
    const [kind] = Object.keys(action);
    return kind === undefined ? [] : [{ kind, node: action }];
  });
  parsedRules.set(rule, statements);
  return statements;
}

type Action = Pick<Statement, 'kind' | 'node'>;

const parsedRules = new WeakMap<Rule, readonly Action[]>();

/** The session's prepared statement of this name. */
export function preparedStatement({ prepared }: Catalog, name: string | undefined) {
  const node = prepared?.get(name ?? '');
  const [kind] = Object.keys(node ?? {});
  return node === undefined || kind === undefined ? undefined : { kind, node };
}
