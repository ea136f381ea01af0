import type { Migration } from '../migrations/migration.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import type { Statement } from '../sql/statement.ts';
import { transactionFlow } from '../sql/transactions.ts';
import type { Leftover } from './leftovers.ts';

/** How a failed migration stands. */
export type Failure = {
  readonly migration: Pick<Migration, 'path' | 'transaction'>;
  /** The file's statements; empty when it could not be read. */
  readonly statements: readonly Statement[];
  /** How many of them were sent; the last of these was refused, unless `refusedLater`. */
  readonly sent: number;
  /** What was refused came after the statements: the history, or COMMIT. */
  readonly refusedLater: boolean;
  readonly leftovers: readonly Leftover[];
};

/** Statements that may commit part of their own work before they are refused. */
const COMMITS_INSIDE = new Set(['CallStmt', 'DoStmt']);

function ends({ node }: Statement): string | undefined {
  return 'TransactionStmt' in node ? node.TransactionStmt.kind : undefined;
}

/** The statements before the failure whose work is committed. BEGIN, COMMIT and their like are no work. */
function standing(failure: Failure): readonly Statement[] {
  const { migration, statements, sent, refusedLater } = failure;
  const implicit = migration.transaction === 'implicit' && statements.length > 1;
  const flow = transactionFlow(statements, migration.transaction === 'file', implicit);
  const stands: Statement[] = [];
  let open: Statement[] = [];
  for (const [at, statement] of statements.slice(0, refusedLater ? sent : sent - 1).entries()) {
    const kind = ends(statement);
    if (kind === 'TRANS_STMT_COMMIT') stands.push(...open);
    if (kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK') open = [];
    else if (kind === undefined) (flow[at]?.inside ? open : stands).push(statement);
  }
  return stands;
}

function lines(statements: readonly Statement[]): string {
  const numbers = [...new Set(statements.map(({ place }) => place.line))];
  const shown = numbers.slice(0, 5).join(', ');
  const more = numbers.length > 5 ? ` and ${numbers.length - 5} more` : '';
  return `line${numbers.length === 1 ? '' : 's'} ${shown}${more}`;
}

function standWords(stands: readonly Statement[]): readonly string[] {
  if (stands.length === 0) return [];
  const [count, verb] =
    stands.length === 1 ? ['1 statement', 'stands'] : [`${stands.length} statements`, 'stand'];
  return [`${count} ${verb} (${lines(stands)})`];
}

function unfinished({ kind, relation, name, of }: Leftover): string {
  const table = qualifiedText(relation);
  if (kind === 'unvalidated constraint') {
    const what = of === 'domain' ? 'DOMAIN' : 'TABLE';
    return `the constraint ${name} is not validated (ALTER ${what} ${table} DROP CONSTRAINT ${identifierText(name)};)`;
  }
  if (kind === 'disabled trigger')
    return `the trigger ${name} is disabled (ALTER TABLE ${table} ENABLE TRIGGER ${of === undefined ? identifierText(name) : 'ALL'};)`;
  return `the index ${name} is invalid (DROP INDEX${of === undefined ? ' CONCURRENTLY' : ''} ${qualifiedText(name)};)`;
}

function howToGoOn(leftovers: readonly Leftover[]): string {
  const reset = 'mend the file and rehearse it again on a branch that was reset to its baseline';
  if (leftovers.length === 0)
    return `Where this happens in production, undo them or remove them from the file before it is applied again; here, ${reset}.`;
  const shown = leftovers.slice(0, 3).map(unfinished).join(', ');
  const more = leftovers.length > 3 ? ` and ${leftovers.length - 3} more` : '';
  return `Clear away what is half done: ${shown}${more}; then ${reset}.`;
}

/**
 * What a failed migration left of itself and how to go on, in two sentences. Names are the server's, so hostile text:
 * whoever prints it escapes it.
 */
export function failureState(failure: Failure): string {
  const { migration, statements, sent, refusedLater, leftovers } = failure;
  const { path } = migration;
  if (sent === 0 && leftovers.length === 0)
    return `Nothing of ${path} was run, so the database is as it was before it. Mend the file and rehearse again.`;
  const stands = standing(failure);
  const refused = refusedLater ? undefined : statements[sent - 1];
  const isAlone =
    migration.transaction === 'none' || (migration.transaction === 'implicit' && statements.length === 1);
  const partly = isAlone && COMMITS_INSIDE.has(refused?.kind ?? '');
  if (stands.length === 0 && leftovers.length === 0 && !partly)
    return `All that ${path} did was rolled back, so the database is as it was before it. Mend the file and rehearse again.`;
  const parts = [
    ...standWords(stands),
    ...(partly ? ['what the refused statement itself committed stands'] : []),
  ];
  const what = parts.length === 0 ? 'the refused statement left part of its work behind' : parts.join(', ');
  return `Of ${path}, ${what}, and the history does not record it as applied. ${howToGoOn(leftovers)}`;
}
