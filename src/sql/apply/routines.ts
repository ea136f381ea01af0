import type { CreateFunctionStmt, DefineStmt, FunctionParameter, Node, ObjectWithArgs } from '@pgsql/types';
import type { Catalog, Routine } from '../catalog.ts';
import { bareName, newListedName, resolve, schemaOf, strings } from '../names.ts';
import { withEntry } from '../persistent-map.ts';
import { languageOf } from '../routine.ts';
import { typeText } from '../types.ts';
import { followRoutine } from './follow-names.ts';

/** CREATE FUNCTION or PROCEDURE; `sql` is the whole statement. */
export function applyFunction(catalog: Catalog, node: CreateFunctionStmt, sql: string): Catalog {
  const name = newListedName(catalog, node.funcname);
  const routine = { language: languageOf(node), definition: sql, ...callShape(catalog, node) };
  const functions = withEntry(catalog.functions, name, volatilityOf(node));
  return withRoutine({ ...catalog, functions }, name, routine);
}

/** CREATE AGGREGATE, which runs its support functions. */
export function applyDefine(catalog: Catalog, { kind, defnames, args, definition }: DefineStmt): Catalog {
  if (kind !== 'OBJECT_AGGREGATE') return catalog;
  const parameters = (args ?? []).flatMap((list) => ('List' in list ? (list.List.items ?? []) : []));
  const support = (definition ?? []).flatMap((option) => supportFunction(catalog, option));
  return withRoutine(catalog, newListedName(catalog, defnames), {
    language: 'aggregate',
    definition: support.join(),
    ...shapeOf(catalog, parameters.flatMap(parameterOf)),
  });
}

const SUPPORT = new Set([
  'sfunc',
  'finalfunc',
  'combinefunc',
  'serialfunc',
  'deserialfunc',
  'msfunc',
  'minvfunc',
  'mfinalfunc',
]);

function supportFunction(catalog: Catalog, option: Node): readonly string[] {
  if (!('DefElem' in option) || !SUPPORT.has(option.DefElem.defname ?? '')) return [];
  const { arg } = option.DefElem;
  return arg && 'TypeName' in arg ? [resolve(catalog, strings(arg.TypeName.names))] : [];
}

function volatilityOf({ options }: CreateFunctionStmt): 'immutable' | 'stable' | 'volatile' {
  const option = (options ?? []).find(
    (found) => 'DefElem' in found && found.DefElem.defname === 'volatility',
  );
  const word = option && 'DefElem' in option && option.DefElem.arg ? strings([option.DefElem.arg])[0] : '';
  return word === 'immutable' || word === 'stable' ? word : 'volatile';
}

type Shape = Pick<Routine, 'signature' | 'arguments'>;

function callShape(catalog: Catalog, { parameters, is_procedure: isProcedure }: CreateFunctionStmt): Shape {
  const all = (parameters ?? []).flatMap(parameterOf);
  const isPassed = ({ mode }: FunctionParameter): boolean =>
    mode !== 'FUNC_PARAM_TABLE' && (mode !== 'FUNC_PARAM_OUT' || isProcedure === true);
  return shapeOf(catalog, all.filter(isPassed));
}

function shapeOf(catalog: Catalog, passed: readonly FunctionParameter[]): Shape {
  const least = passed.filter(({ defexpr, mode }) => !defexpr && mode !== 'FUNC_PARAM_VARIADIC').length;
  const isVariadic = passed.some(({ mode }) => mode === 'FUNC_PARAM_VARIADIC');
  return {
    signature: passed.map(({ argType }) => typeText(catalog, argType)).join(),
    arguments: [least, isVariadic ? Number.POSITIVE_INFINITY : passed.length],
  };
}

function parameterOf(node: Node): readonly FunctionParameter[] {
  return 'FunctionParameter' in node ? [node.FunctionParameter] : [];
}

function withRoutine(catalog: Catalog, name: string, routine: Routine): Catalog {
  const others = (catalog.routines?.get(name) ?? []).filter(
    ({ signature }) => signature !== routine.signature,
  );
  return { ...catalog, routines: withEntry(catalog.routines ?? new Map(), name, [...others, routine]) };
}

/** The routines that DROP FUNCTION and its like name: all of the name, or the one with these arguments. */
export function namedRoutines(
  catalog: Catalog,
  node: Node,
): { name: string; isNamed: (routine: Routine) => boolean } {
  const named: ObjectWithArgs | undefined = 'ObjectWithArgs' in node ? node.ObjectWithArgs : undefined;
  const name = resolve(catalog, strings(named?.objname));
  if (named === undefined || named.args_unspecified) return { name, isNamed: () => true };
  const types = (named.objargs ?? []).flatMap((type) =>
    'TypeName' in type ? [typeText(catalog, type.TypeName)] : [],
  );
  return { name, isNamed: ({ signature }) => signature === types.join() };
}

/** DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE. */
export function dropRoutine(catalog: Catalog, node: Node): Catalog {
  const { name, isNamed } = namedRoutines(catalog, node);
  const kept = (catalog.routines?.get(name) ?? []).filter((routine) => !isNamed(routine));
  return withRoutines(catalog, name, kept);
}

/** The overloads of a name that are left. */
export function withRoutines(catalog: Catalog, name: string, kept: readonly Routine[]): Catalog {
  return kept.length > 0
    ? { ...catalog, routines: withEntry(catalog.routines ?? new Map(), name, kept) }
    : {
        ...catalog,
        routines: without(catalog.routines ?? new Map(), name),
        functions: without(catalog.functions, name),
      };
}

/** ALTER FUNCTION … RENAME TO and SET SCHEMA: of one of several overloads nobody can tell by the name any more which it is, so both names stay. */
export function renameRoutine(catalog: Catalog, node: Node, to: (name: string) => string): Catalog {
  const { name, isNamed } = namedRoutines(catalog, node);
  const all = catalog.routines?.get(name) ?? [];
  const volatility = catalog.functions.get(name);
  const renamed = all.filter(isNamed);
  const followed = followRoutine(catalog, name, to(name), { all, renamed });
  let result = all.every(isNamed) ? dropRoutine(followed, node) : followed;
  if (volatility !== undefined)
    result = { ...result, functions: withEntry(result.functions, to(name), volatility) };
  for (const routine of renamed) result = withRoutine(result, to(name), routine);
  return result;
}

/** ALTER SCHEMA … RENAME TO: its routines go along. */
export function moveRoutines(catalog: Catalog, from: string, to: string): Catalog {
  const inside = [...(catalog.routines ?? [])].filter(([name]) => schemaOf(name) === from);
  return inside.reduce((result, [name, all]) => {
    const target = `${to}.${bareName(name)}`;
    const volatility = result.functions.get(name);
    const followed = followRoutine(result, name, target, { all, renamed: all });
    const functions = without(followed.functions, name);
    return {
      ...followed,
      functions: volatility === undefined ? functions : withEntry(functions, target, volatility),
      routines: withEntry(without(followed.routines ?? new Map(), name), target, all),
    };
  }, catalog);
}

function without<T>(map: ReadonlyMap<string, T>, name: string): ReadonlyMap<string, T> {
  return map.has(name) ? new Map([...map].filter(([key]) => key !== name)) : map;
}
