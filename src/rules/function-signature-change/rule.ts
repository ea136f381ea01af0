import type { CreateFunctionStmt, DropStmt, FunctionParameter, Node, ObjectWithArgs } from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import { bareName, newListedName, resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { typeText } from '../../sql/types.ts';
import { memory, tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const ROUTINES = new Set(['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE']);

function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || !ROUTINES.has(node.DropStmt.removeType ?? '')) return [];
  const { objects = [], missing_ok: ifExists }: DropStmt = node.DropStmt;
  return objects.flatMap((object) => {
    if (!('ObjectWithArgs' in object)) return [];
    const name = resolve(context.catalog, strings(object.ObjectWithArgs.objname));
    if (
      !stoodBefore(name, ifExists === true, context) ||
      isTriggerFunction(name, object.ObjectWithArgs, context)
    )
      return [];
    return isReplaced(object.ObjectWithArgs, name, context)
      ? []
      : [complaint(object.ObjectWithArgs, name, context)];
  });
}

/** The catalog holds functions; procedures and aggregates it does not. */
function stoodBefore(name: string, ifExists: boolean, { before, catalog }: RuleContext): boolean {
  if (before.functions.has(name)) return true;
  return !catalog.functions.has(name) && !(before.complete && ifExists);
}

/** Nobody can call a trigger's function but its trigger, without which it may go. It takes no arguments. */
function isTriggerFunction(
  name: string,
  { objargs = [] }: ObjectWithArgs,
  { before, catalog, file }: RuleContext,
): boolean {
  if (objargs.length > 0) return false;
  if (triggerFunctions(before).has(name) || triggerFunctions(catalog).has(name)) return true;
  return dropsTriggers(file.statements).any;
}

const known = memory<{ names?: ReadonlySet<string> }>(() => ({}));

function triggerFunctions({ relations }: Catalog): ReadonlySet<string> {
  const kept = known(relations);
  kept.names ??= new Set(
    [...relations.values()].flatMap(({ triggers = [] }) => triggers.map((one) => one.function)),
  );
  return kept.names;
}

const dropsTriggers = tally<Statement, { any: boolean }>(
  () => ({ any: false }),
  (found, { node }) => {
    found.any ||= 'DropStmt' in node && node.DropStmt.removeType === 'OBJECT_TRIGGER';
  },
);

/** The functions that a file makes, by their bare names. */
const made = tally<Statement, Map<string, CreateFunctionStmt[]>>(
  () => new Map(),
  (functions, { node }) => {
    if (!('CreateFunctionStmt' in node)) return;
    const name = strings(node.CreateFunctionStmt.funcname).at(-1) ?? '';
    functions.set(name, [...(functions.get(name) ?? []), node.CreateFunctionStmt]);
  },
);

/** Whether the file makes a function that takes the same arguments, and for any more has defaults. */
function isReplaced(
  { args_unspecified: any, objargs = [] }: ObjectWithArgs,
  name: string,
  context: RuleContext,
): boolean {
  const types = objargs.map((type) => typeOf(type, context.catalog));
  return (made(context.file.statements).get(bareName(name)) ?? []).some(({ funcname, parameters = [] }) => {
    if (
      newListedName(context.catalog, funcname) !== name &&
      resolve(context.catalog, strings(funcname)) !== name
    )
      return false;
    const taken = parameters.flatMap(inputOf);
    const isTaken = types.every(
      (type, place) => taken[place] && typeText(context.catalog, taken[place].argType) === type,
    );
    return (
      any === true || (isTaken && taken.slice(types.length).every(({ defexpr }) => defexpr !== undefined))
    );
  });
}

function typeOf(node: Node, catalog: Catalog): string {
  return 'TypeName' in node ? typeText(catalog, node.TypeName) : '';
}

function inputOf(node: Node): readonly FunctionParameter[] {
  if (!('FunctionParameter' in node)) return [];
  const { mode } = node.FunctionParameter;
  return mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_TABLE' ? [] : [node.FunctionParameter];
}

function complaint(
  { args_unspecified: any, objargs = [] }: ObjectWithArgs,
  name: string,
  { catalog }: RuleContext,
): Complaint {
  const types = objargs.map((type) => typeOf(type, catalog)).join(', ');
  const shown = code(any ? qualifiedText(name) : `${qualifiedText(name)}(${types})`);
  return {
    relation: undefined,
    part: any ? name : `${name}(${types})`,
    message: `Every call of ${shown} by running code fails from the commit on.`,
    help: `Create the new version beside it, deploy code that calls that, and drop ${shown} in a later migration.`,
  };
}

export const rule: Rule = {
  slug: 'function-signature-change',
  section: 'types',
  title: 'Dropping a function breaks those who call it',
  condition: 'An existing function is dropped and not made again with the same arguments in the file.',
  effect: 'Running code that calls it fails from the commit on.',
  workaround: 'Create the new version beside it, move the callers, drop the old one later.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DropStmt'],
  check,
};
