import type { Node, VariableSetStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { LOCK_MODES } from '../sql/effect.ts';
import type { Statement } from '../sql/statement.ts';
import type { Held, JudgedStatement, OpenTransaction, Session, Setting } from './context.ts';

type Transaction = OpenTransaction & {
  readonly earlier: JudgedStatement[];
  readonly held: Map<string, Held>;
};

/** A session that statements run in, one after another. */
export type RunningSession = {
  readonly view: Session;
  /** Goes past a statement. `inside` says whether it ran in a transaction, `staysOpen` whether one is open after it. */
  readonly pass: (judged: JudgedStatement, catalog: Catalog, staysOpen: boolean) => void;
};

/** A session as a tool begins it for one file; `opened` is undefined when no transaction is open. */
export function startSession(opened: OpenTransaction['opened'] | undefined): RunningSession {
  const settings = new Map<string, Setting>();
  let transaction = opened && begin(opened);
  const view: Session = {
    settings,
    get transaction() {
      return transaction;
    },
  };
  return {
    view,
    pass(judged, catalog, staysOpen) {
      if (judged.inTransaction) transaction ??= begin('statement');
      if ('VariableSetStmt' in judged.statement.node)
        set(settings, judged.statement.node.VariableSetStmt, judged.statement, transaction !== undefined);
      if (transaction) hold(transaction, judged, catalog);
      if (staysOpen || !transaction) return;
      transaction = undefined;
      for (const [name, { local }] of settings) if (local) settings.delete(name);
    },
  };
}

function begin(opened: OpenTransaction['opened']): Transaction {
  return { opened, earlier: [], held: new Map() };
}

function hold({ earlier, held }: Transaction, judged: JudgedStatement, catalog: Catalog): void {
  earlier.push(judged);
  for (const { relation, lock } of judged.effects.relations) {
    if (catalog.relations.get(relation)?.isNew) continue;
    const before = held.get(relation);
    if (before && LOCK_MODES.indexOf(before.mode) >= LOCK_MODES.indexOf(lock)) continue;
    held.set(relation, { mode: lock, by: judged.statement });
  }
}

/** SET LOCAL outside a transaction has no effect but a warning (documentation, SET). */
function set(settings: Map<string, Setting>, node: VariableSetStmt, by: Statement, inside: boolean): void {
  const name = node.name?.toLowerCase() ?? '';
  if (node.kind === 'VAR_RESET_ALL') settings.clear();
  else if (node.kind === 'VAR_RESET' || node.kind === 'VAR_SET_DEFAULT') settings.delete(name);
  else if (node.kind === 'VAR_SET_VALUE' && (inside || !node.is_local))
    settings.set(name, {
      value: (node.args ?? []).map(valueText).join(', '),
      local: node.is_local === true,
      by,
    });
}

function valueText(node: Node): string {
  if (!('A_Const' in node)) return '';
  const { ival, sval, fval, boolval } = node.A_Const;
  if (ival) return String(ival.ival ?? 0);
  return sval?.sval ?? fval?.fval ?? String(boolval?.boolval ?? false);
}
