import type { LintRecord, RehearsalRecord } from '../evidence/schema.ts';
import { failsOn } from '../evidence/verdict.ts';
import type { LoadedPolicy } from './policy.ts';

/** The lint without the findings that the rehearsal disproved: they stand, with what was measured, in its `refuted`. */
export function withoutRefuted(
  lint: LintRecord,
  { refuted = [] }: RehearsalRecord,
  { facts }: LoadedPolicy,
): LintRecord {
  if (refuted.length === 0) return lint;
  const gone = new Set(refuted.map(({ finding }) => finding));
  const findings = lint.findings.filter((finding) => !gone.has(finding));
  const fails = lint.problems.length > 0 || findings.some(({ severity }) => failsOn(severity, facts.failOn));
  return { ...lint, findings, status: fails ? 'failed' : 'passed' };
}
