import type { ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { clip } from './plain.ts';

export type Disagreement = {
  /** `migrations/7.sql:3`. */
  readonly where: string;
  /** Predicted and not seen. */
  readonly missing: readonly string[];
  /** Seen and not predicted. */
  readonly unexpected: readonly string[];
};

/** The statements for which Pullgres predicted otherwise than the server did. */
export function disagreements({ migrations }: RehearsalRecord): readonly Disagreement[] {
  return migrations.flatMap(({ statements }) => statements.flatMap(disagreement));
}

function disagreement({ place, agreement }: ObservedStatement): Disagreement[] {
  if (agreement?.status !== 'differs') return [];
  return [{ ...agreement, where: clip(`${place.file}:${place.line}`, 200) }];
}
