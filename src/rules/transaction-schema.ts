import { atTransactionEnd } from '../sql/apply/setting.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { Statement } from '../sql/statement.ts';
import type { TransactionStep } from '../sql/transactions.ts';
import { wentBack } from '../sql/uncertain.ts';

/** The schema as transactions leave it: gives the one after a statement, `after` being what the statement itself made of `before`. */
export type TransactionSchema = (
  statement: Statement,
  step: TransactionStep,
  before: Catalog,
  after: Catalog,
) => Catalog;

type Savepoint = { readonly name: string; readonly catalog: Catalog };

/** For one file. ROLLBACK, ROLLBACK TO and ROLLBACK PREPARED take back what the transaction did to the schema (documentation 3.4). */
export function transactionSchema(): TransactionSchema {
  let begun: Catalog | undefined;
  let savepoints: Savepoint[] = [];
  const prepared = new Map<string, Catalog>();
  const undone = ({ node }: Statement, catalog: Catalog): Catalog => {
    if (!('TransactionStmt' in node)) return catalog;
    const { kind, savepoint_name: name = '', gid = '' } = node.TransactionStmt;
    if (kind === 'TRANS_STMT_ROLLBACK') return wentBack(begun ?? catalog, catalog);
    if (kind === 'TRANS_STMT_PREPARE') prepared.set(gid, begun ?? catalog);
    if (kind === 'TRANS_STMT_ROLLBACK_PREPARED') return wentBack(prepared.get(gid) ?? catalog, catalog);
    if (kind === 'TRANS_STMT_SAVEPOINT') savepoints.push({ name, catalog });
    const at = savepoints.findLastIndex((one) => one.name === name);
    const savepoint = savepoints[at];
    if (savepoint === undefined) return catalog;
    if (kind === 'TRANS_STMT_RELEASE') savepoints = savepoints.slice(0, at);
    if (kind !== 'TRANS_STMT_ROLLBACK_TO') return catalog;
    savepoints = savepoints.slice(0, at + 1);
    return wentBack(savepoint.catalog, catalog);
  };
  return (statement, { inside, staysOpen }, before, after) => {
    if (inside) begun ??= before;
    const result = undone(statement, after);
    if (staysOpen && !endsTransaction(statement)) return result;
    const ended = atTransactionEnd(result);
    begun = staysOpen ? ended : undefined;
    savepoints = [];
    return ended;
  };
}

/** COMMIT and ROLLBACK, also those that begin the next transaction (AND CHAIN). */
function endsTransaction({ node }: Statement): boolean {
  const kind = 'TransactionStmt' in node ? node.TransactionStmt.kind : undefined;
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK';
}
