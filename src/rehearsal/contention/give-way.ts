import type { RehearsalRecord } from '../../evidence/schema.ts';
import type { Migration } from '../../migrations/migration.ts';
import { parseSql } from '../../sql/parse.ts';

type MigrationRecord = RehearsalRecord['migrations'][number];

/** SQLSTATEs of a migration that other sessions can make fail: lock_not_available, deadlock_detected. */
const LOST: readonly (string | undefined)[] = ['55P03', '40P01'];

/** Whether the migration may have failed because of the sessions that we put beside it. */
export function lostToProbes({ outcome, problem }: MigrationRecord): boolean {
  return outcome === 'failed' && LOST.includes(problem?.code);
}

/** Whether a part of the migration can stand when a statement of it fails, so that it cannot be tried a second time. */
export function standsInPart(migration: Migration): boolean {
  if (migration.transaction === 'none') return true;
  const parsed = parseSql(migration.text, migration.path, migration.up);
  return !parsed.ok || parsed.statements.some(({ kind }) => kind === 'TransactionStmt');
}

/** Why a rehearsal that cannot be repeated proves nothing. */
export function partlyReason({ file, problem }: MigrationRecord): string {
  return `${file} gave up beside other sessions (${problem?.message ?? 'no message'}), and what it did until then stands, so it could not be tried again without them. Set rehearsal.contention to off in the policy, and leave out rehearsal.idle-transaction.`;
}
