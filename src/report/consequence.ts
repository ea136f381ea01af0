import type { Evidence } from '../evidence/schema.ts';
import { failedMigrations } from '../evidence/verdict.ts';
import type { ReportFinding } from './findings.ts';
import { clip } from './plain.ts';
import { durationWords, sentence } from './words.ts';

/** What the worst finding would do in production, with the time measured, as plain text in which `…` marks code. */
export function consequence(evidence: Evidence, findings: readonly ReportFinding[]): string | undefined {
  const { branch } = evidence;
  // What fails on the branch would not get as far in production.
  if (failedMigrations(evidence).length > 0) return undefined;
  const [first] = findings;
  if (!first || first.finding.severity === 'notice') return undefined;
  const held = first.lock?.heldMs;
  const isMeasured = held !== undefined && branch?.baseline.kind !== 'schema';
  const there = productionTime(evidence, first);
  const size = there === undefined ? '' : `; at production’s size that is ${there}`;
  const time = isMeasured ? ` On this branch the lock was held for ${durationWords(held)}${size}.` : '';
  return `${sentence(clip(first.finding.message, 400))}${time}`;
}

/** How long the finding's statement would take at production's size, where that could be told: 41 s to 1 min 2 s. */
export function productionTime(
  { rehearsal }: Evidence,
  { finding, lock }: ReportFinding,
): string | undefined {
  const { file, startByte } = finding.place;
  const relation = finding.relation ?? lock?.relation;
  const estimate = rehearsal?.scale?.estimates.find(
    ({ place, relation: about }) =>
      place.startByte === startByte && place.file === file && (relation === undefined || about === relation),
  );
  if (!estimate) return undefined;
  const [low, high] = [durationWords(estimate.lowMs), durationWords(estimate.highMs)];
  return low === high ? low : `${low} to ${high}`;
}
