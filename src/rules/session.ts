import type { TransactionStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { blockedBy, lockStrength, type RelationKind } from '../sql/effect.ts';
import { embeddedStatements } from '../sql/plpgsql.ts';
import type { Statement } from '../sql/statement.ts';
import type { Held, JudgedStatement, OpenTransaction, Session } from './context.ts';
import { type RunningSettings, startSettings, type Undo } from './settings.ts';

type Transaction = OpenTransaction & {
  opened: OpenTransaction['opened'];
  readonly earlier: JudgedStatement[];
  readonly held: Map<string, Held>;
  readonly strong: Map<string, Held>;
  /** What takes its steps back, last first. */
  readonly undo: Undo[];
  readonly savepoints: { readonly name: string; readonly steps: number }[];
};

/** A session that statements run in, one after another. */
export type RunningSession = {
  readonly view: Session;
  /** Goes past a statement. `inside` says whether it ran in a transaction, `staysOpen` whether one is open after it. */
  readonly pass: (judged: JudgedStatement, catalog: Catalog, staysOpen: boolean) => void;
};

/** A session as a tool begins it for one file; `opened` is undefined when no transaction is open. */
export function startSession(opened: OpenTransaction['opened'] | undefined): RunningSession {
  const settings = startSettings();
  let transaction = opened && begin(opened);
  const view: Session = {
    settings: settings.view,
    get transaction() {
      return transaction;
    },
  };
  return {
    view,
    pass(judged, catalog, staysOpen) {
      const step = transactionStep(judged.statement);
      if (judged.inTransaction) transaction ??= begin(isBegin(step) ? 'statement' : 'implicit');
      // BEGIN makes the server's own transaction around a message an ordinary one (xact.c, BeginTransactionBlock).
      if (transaction?.opened === 'implicit' && isBegin(step)) transaction.opened = 'statement';
      applySettings(settings, judged.statement, transaction);
      if (transaction) {
        hold(transaction, judged, catalog);
        if (step) savepoint(transaction, step);
      }
      const isRolledBack = step?.kind === 'TRANS_STMT_ROLLBACK';
      if (transaction && isRolledBack) takeBack(transaction, 0);
      if (transaction && (!staysOpen || isRolledBack || step?.kind === 'TRANS_STMT_COMMIT'))
        settings.endLocal();
      if (!staysOpen) transaction = undefined;
      else if (step?.chain) transaction = begin('statement');
    },
  };
}

function begin(opened: OpenTransaction['opened']): Transaction {
  return { opened, earlier: [], held: new Map(), strong: new Map(), undo: [], savepoints: [] };
}

function transactionStep({ node }: Statement): TransactionStmt | undefined {
  return 'TransactionStmt' in node ? node.TransactionStmt : undefined;
}

function isBegin(step: TransactionStmt | undefined): boolean {
  return step?.kind === 'TRANS_STMT_BEGIN' || step?.kind === 'TRANS_STMT_START';
}

/** A DO block's SET outlives it, as if every branch ran. */
function applySettings(
  settings: RunningSettings,
  statement: Statement,
  transaction: Transaction | undefined,
): void {
  const undo = (step: Undo): void => {
    transaction?.undo.push(step);
  };
  const inside = transaction !== undefined;
  settings.pass(statement, inside, undo);
  if (statement.kind !== 'DoStmt' || !/\bset|set_config/i.test(statement.sql)) return;
  for (const inner of embeddedStatements(statement).statements) settings.pass(inner, inside, undo);
}

/** Locks since a savepoint are given back with it, and so are settings (documentation 13.3.1, and SET). */
function savepoint(transaction: Transaction, { kind, savepoint_name: name = '' }: TransactionStmt): void {
  const { savepoints, undo } = transaction;
  if (kind === 'TRANS_STMT_SAVEPOINT') savepoints.push({ name, steps: undo.length });
  const at = savepoints.findLastIndex((one) => one.name === name);
  if (at < 0) return;
  if (kind === 'TRANS_STMT_RELEASE') savepoints.splice(at);
  if (kind !== 'TRANS_STMT_ROLLBACK_TO') return;
  takeBack(transaction, savepoints[at]?.steps ?? 0);
  savepoints.splice(at + 1);
}

function takeBack({ undo }: Transaction, steps: number): void {
  while (undo.length > steps) undo.pop()?.();
}

const WITHOUT_ROWS_OF_THEIR_OWN: ReadonlySet<RelationKind> = new Set(['index', 'sequence', 'view']);

function hold(transaction: Transaction, judged: JudgedStatement, catalog: Catalog): void {
  const { earlier, held, strong, undo } = transaction;
  earlier.push(judged);
  for (const { relation, lock, kind } of judged.effects.relations) {
    if (catalog.relations.get(relation)?.isNew) continue;
    const before = held.get(relation);
    if (before && lockStrength(before.mode) >= lockStrength(lock)) continue;
    const taken = { mode: lock, by: judged.statement };
    put(held, relation, taken, undo);
    if (blockedBy(lock).writes && !WITHOUT_ROWS_OF_THEIR_OWN.has(kind)) put(strong, relation, taken, undo);
  }
}

function put(locks: Map<string, Held>, relation: string, taken: Held, undo: Undo[]): void {
  const before = locks.get(relation);
  locks.set(relation, taken);
  undo.push(() => {
    if (before) locks.set(relation, before);
    else locks.delete(relation);
  });
}
