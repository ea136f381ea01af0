import type { FuncCall, Node, SelectStmt, VariableSetStmt } from '@pgsql/types';
import { strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { Setting } from './context.ts';

/** Takes back what one step changed. */
export type Undo = () => void;

/** A session's settings as its statements change them (documentation, SET): a local value hides the session's until the transaction ends. */
export type RunningSettings = {
  /** In force, by name. */
  readonly view: ReadonlyMap<string, Setting>;
  /** Goes past a statement; `inside` says whether it runs in a transaction. Every change hands over its undo. */
  readonly pass: (statement: Statement, inside: boolean, undo: (step: Undo) => void) => void;
  /** What SET LOCAL changed is the session's own again. */
  readonly endLocal: () => void;
};

type Layer = 'session' | 'local';
type Value = Setting | 'default';
type Layers = { readonly [layer in Layer]?: Value };

export function startSettings(): RunningSettings {
  const view = new Map<string, Setting>();
  const layers = new Map<string, Layers>();
  const put = (name: string, next: Layers): void => {
    layers.set(name, next);
    const value = next.local ?? next.session;
    if (value === undefined || value === 'default') view.delete(name);
    else view.set(name, value);
  };
  const change = (name: string, next: Layers, undo: (step: Undo) => void): void => {
    const before = layers.get(name) ?? {};
    put(name, next);
    undo(() => put(name, before));
  };
  return {
    view,
    pass(statement, inside, undo) {
      for (const { name, value, layer } of assignmentsOf(statement, inside)) {
        const session = layers.get(name)?.session;
        if (name === ALL) for (const known of layers.keys()) change(known, {}, undo);
        else if (layer === 'session') change(name, { session: value }, undo);
        else change(name, { local: value, ...(session === undefined ? {} : { session }) }, undo);
      }
    },
    endLocal() {
      for (const [name, { session, local }] of layers)
        if (local !== undefined) put(name, session === undefined ? {} : { session });
    },
  };
}

/** Stands for every setting. No setting's name is empty. */
const ALL = '';

type Assignment = { readonly name: string; readonly value: Value; readonly layer: Layer };

/** What a statement sets. SET LOCAL outside a transaction has no effect but a warning (documentation, SET). */
function assignmentsOf({ node, ...by }: Statement, inside: boolean): readonly Assignment[] {
  const statement = { node, ...by };
  if ('VariableSetStmt' in node) return set(node.VariableSetStmt, statement, inside);
  if ('SelectStmt' in node) return setConfigs(node.SelectStmt, statement, inside);
  if ('DiscardStmt' in node && node.DiscardStmt.target === 'DISCARD_ALL')
    return [{ name: ALL, value: 'default', layer: 'session' }];
  return [];
}

function set(node: VariableSetStmt, by: Statement, inside: boolean): readonly Assignment[] {
  const local = node.is_local === true;
  const layer = local ? 'local' : 'session';
  const name = node.name?.toLowerCase() ?? ALL;
  if (node.kind === 'VAR_RESET_ALL') return [{ name: ALL, value: 'default', layer }];
  if (local && !inside) return [];
  if (node.kind === 'VAR_RESET' || node.kind === 'VAR_SET_DEFAULT')
    return [{ name, value: 'default', layer }];
  if (node.kind !== 'VAR_SET_VALUE') return [];
  return [{ name, value: { value: (node.args ?? []).map(valueText).join(', '), local, by }, layer }];
}

/** `SELECT set_config('lock_timeout', '5s', true)`: the third argument is LOCAL (documentation 9.28.1). */
function setConfigs({ targetList = [] }: SelectStmt, by: Statement, inside: boolean): readonly Assignment[] {
  return targetList.flatMap((target): Assignment[] => {
    const call = 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (!call || !('FuncCall' in call) || !isSetConfig(call.FuncCall)) return [];
    const [name, value, isLocal] = (call.FuncCall.args ?? []).map(valueText);
    const local = isLocal === 'true';
    if (!name || value === undefined || (local && !inside)) return [];
    return [{ name: name.toLowerCase(), value: { value, local, by }, layer: local ? 'local' : 'session' }];
  });
}

function isSetConfig({ funcname }: FuncCall): boolean {
  return strings(funcname).at(-1) === 'set_config';
}

function valueText(node: Node): string {
  if ('TypeCast' in node) return node.TypeCast.arg ? valueText(node.TypeCast.arg) : '';
  if (!('A_Const' in node)) return '';
  const { ival, sval, fval, boolval } = node.A_Const;
  if (ival) return String(ival.ival ?? 0);
  return sval?.sval ?? fval?.fval ?? String(boolval?.boolval ?? false);
}
