import { nearestName } from '../../nearest.ts';
import type { PlanProblem } from '../mask-plan.ts';

/** What is found out on the way to a plan. */
export type Report = {
  readonly problem: (where: string, what: string, remedy: string) => void;
  readonly note: (text: string) => void;
};

/** A report that keeps what it is told. */
export function collectReport() {
  const problems: PlanProblem[] = [];
  const notes: string[] = [];
  const told = new Set<string>();
  const problem: Report['problem'] = (where, what, remedy) => {
    told.add(where);
    problems.push({ where, what, remedy });
  };
  return { problems, notes, told, problem, note: (text: string) => void notes.push(text) };
}

/**
 * Tells of a name that the source does not have: a problem when it looks misspelt, else a note, since a rule may come
 * before its column does.
 */
export function reportMissing(
  report: Report,
  where: string,
  kind: 'table' | 'column',
  name: string,
  others: readonly string[],
): void {
  const near = nearestName(name, others);
  if (near === undefined) report.note(`${where} is in the profile, but the source has no such ${kind}.`);
  else
    report.problem(
      where,
      `the source has no such ${kind}`,
      `Did you mean ${near}? Otherwise take it out of the profile.`,
    );
}
