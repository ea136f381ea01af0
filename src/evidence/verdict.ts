import { alsoWords, gather } from '../rules/gather.ts';
import { type Finding, SEVERITIES } from '../rules/rule.ts';
import type { Evidence, Problem, Verdict } from './schema.ts';

/** What a verdict is decided from: the evidence before it has one. */
export type Unjudged = Omit<Evidence, 'verdict'>;

type Conclusion = Verdict['conclusion'];
type Reason = { readonly conclusion: Conclusion; readonly text: string };
type CheckName = Unjudged['policy']['required'][number];

/** Worst first: a failure outranks a missing proof, which outranks a warning. */
const ORDER: readonly Conclusion[] = ['fail', 'unproven', 'warn', 'pass'];
/** Reasons of one kind that are written out; the rest is counted. */
const MAXIMUM_REASONS = 20;

const CHECK_WORDS: Record<CheckName, string> = {
  lint: 'The lint',
  rehearsal: 'The rehearsal',
  tests: 'The tests',
};

/**
 * Decides the verdict: fail before unproven before warn before pass, with one sentence for each reason, worst first.
 * A check that is required and was skipped, missing or unable to run is unproven. A run that only removed a branch
 * has no checks to prove.
 */
export function decideVerdict(evidence: Unjudged): Verdict {
  const reasons = [
    ...problemReasons(evidence),
    ...acceptedReasons(evidence),
    ...checkReasons(evidence),
    ...oldCodeReasons(evidence),
    ...findingReasons(evidence),
    ...unseenReasons(evidence),
  ].toSorted((a, b) => ORDER.indexOf(a.conclusion) - ORDER.indexOf(b.conclusion));
  return {
    conclusion: reasons[0]?.conclusion ?? 'pass',
    reasons: reasons.length > 0 ? reasons.map((reason) => reason.text) : [passReason(evidence)],
  };
}

/** Whether a finding of this severity fails the check under the policy's `fail-on`. */
export function failsOn(severity: Finding['severity'], failOn: Unjudged['policy']['failOn']): boolean {
  return failOn !== 'never' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn);
}

/** Whoever wrote the change wrote these too, so they never make it green by themselves. */
function acceptedReasons({ lint, rehearsal }: Unjudged): Reason[] {
  const accepted = [...(lint?.accepted ?? []), ...(rehearsal?.accepted ?? [])];
  const own = accepted.filter(({ source }) => source === 'file');
  return limited(
    own,
    'more risks are accepted by the migrations themselves',
    ({ finding, owner, until }) => ({
      conclusion: 'warn',
      text: `${placeWords(finding.place)}: the migration itself accepts the risk of ${finding.rule}, until ${until} in the name of ${plainName(owner)}.`,
    }),
  );
}

function plainName(owner: string): string {
  return `\`${owner.replaceAll('`', 'ˋ').slice(0, 80)}\``;
}

function problemReasons({ lint, rehearsal }: Unjudged): Reason[] {
  const lintReasons = limited(lint?.problems ?? [], 'more places could not be read', (problem) => ({
    conclusion: 'fail',
    text: `${pointWords(problem)} could not be read as SQL: ${sentence(problem.message)}`,
  }));
  const failed = failedMigrations({ lint, rehearsal });
  const rehearsalReasons = limited(failed, 'more migrations failed', ({ file, problem }) => ({
    conclusion: 'fail',
    text: `The migration ${pointWords(problem ?? { file })} failed on the branch: ${sentence(problem?.message ?? 'the server gave no message')}`,
  }));
  return [...rehearsalReasons, ...lintReasons];
}

/** Migrations that failed on the branch, without those that the lint could not read either: one mistake is told once. */
export function failedMigrations({
  lint,
  rehearsal,
}: Pick<Unjudged, 'lint' | 'rehearsal'>): NonNullable<Unjudged['rehearsal']>['migrations'] {
  const told = new Set((lint?.problems ?? []).map(problemKey));
  return (rehearsal?.migrations ?? []).filter(
    ({ outcome, problem }) => outcome === 'failed' && !(problem && told.has(problemKey(problem))),
  );
}

function problemKey({ file, line, column, message }: Problem): string {
  return JSON.stringify([file, line ?? null, column ?? null, message]);
}

function checkReasons(evidence: Unjudged): Reason[] {
  const checks: readonly CheckName[] = ['rehearsal', 'lint', 'tests'];
  if (evidence.teardown && checks.every((name) => evidence[name] === undefined)) return [];
  return checks.flatMap((name) => checkReason(evidence, name) ?? []);
}

function checkReason(evidence: Unjudged, name: CheckName): Reason | undefined {
  const required = evidence.policy.required.includes(name);
  const check = evidence[name];
  const who = CHECK_WORDS[name];
  const because = check?.reason ? `: ${sentence(check.reason)}` : '.';
  if (check?.status === 'passed') return;
  if (check?.status === 'failed') {
    return isExplained(evidence, name)
      ? undefined
      : { conclusion: 'fail', text: `${who} failed${testCounts(evidence, name)}${because}` };
  }
  if (check?.status === 'unproven') {
    return required
      ? { conclusion: 'unproven', text: `${who} could not run, and this check is required${because}` }
      : { conclusion: 'warn', text: `${who} could not run${because}` };
  }
  if (!required) return;
  const what = check ? 'was skipped' : 'left no record';
  return { conclusion: 'unproven', text: `${who} ${what}, and this check is required${because}` };
}

/** The running version's own tests weigh as much as the change's. */
function oldCodeReasons({ tests, policy }: Unjudged): Reason[] {
  const oldCode = tests?.oldCode;
  const because = oldCode?.reason ? `: ${sentence(oldCode.reason)}` : '.';
  if (oldCode?.status === 'failed') {
    return [{ conclusion: 'fail', text: `The running version does not survive this deploy${because}` }];
  }
  if (oldCode?.status !== 'unproven') return [];
  const text = `Whether the running version survives this deploy is not proved${because}`;
  return [{ conclusion: policy.required.includes('tests') ? 'unproven' : 'warn', text }];
}

/** A failed lint or rehearsal whose cause has a reason of its own needs no second one. */
function isExplained({ lint, rehearsal, policy }: Unjudged, name: CheckName): boolean {
  if (name === 'lint' && lint && lint.problems.length > 0) return true;
  if (name === 'rehearsal' && rehearsal?.migrations.some(({ outcome }) => outcome === 'failed')) return true;
  const findings = name === 'lint' ? lint?.findings : name === 'rehearsal' ? rehearsal?.findings : undefined;
  return findings?.some(({ severity }) => failsOn(severity, policy.failOn)) ?? false;
}

function testCounts({ tests }: Unjudged, name: CheckName): string {
  if (name !== 'tests' || !tests?.counts) return '';
  const { passed, failed, errored } = tests.counts;
  return ` (${failed + errored} of ${passed + failed + errored})`;
}

function findingReasons(evidence: Unjudged): Reason[] {
  const { failOn } = evidence.policy;
  const findings = distinctFindings(evidence);
  const failing = findings.filter(({ severity }) => failsOn(severity, failOn));
  const mild = findings.filter(({ severity }) => !failsOn(severity, failOn) && severity !== 'notice');
  const reason =
    (conclusion: Conclusion) =>
    (finding: Finding): Reason => ({
      conclusion,
      text: [
        `${placeWords(finding.place)}: ${sentence(finding.message)} (${finding.rule})`,
        alsoWords(finding),
      ]
        .filter((words) => words !== '')
        .join(' '),
    });
  return [
    ...limited(failing, `more findings fail the check (fail-on: ${failOn})`, reason('fail')),
    ...limited(mild, 'more findings are warnings', reason('warn')),
  ];
}

/** Findings of lint and rehearsal, each complaint once though both may make it, gathered, worst first and then in the files' order. */
export function distinctFindings({ lint, rehearsal }: Pick<Unjudged, 'lint' | 'rehearsal'>): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of [...(rehearsal?.findings ?? []), ...(lint?.findings ?? [])]) {
    const key = findingKey(finding);
    if (!seen.has(key)) seen.set(key, { ...finding, relation: finding.relation });
  }
  return gather([...seen.values()]).toSorted(byWeight);
}

/** One complaint: the same rule at the same place about the same relation. */
export function findingKey({
  rule,
  place,
  relation,
}: Pick<Finding, 'rule' | 'place'> & { readonly relation?: string | undefined }): string {
  return JSON.stringify([rule, place.file, place.startByte, relation ?? null]);
}

function byWeight(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    compareText(a.place.file, b.place.file) ||
    a.place.startByte - b.place.startByte ||
    compareText(a.rule, b.rule)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unseenReasons({ lint }: Unjudged): Reason[] {
  const unseen = (lint?.statements ?? []).filter(({ seen }) => !seen);
  const first = unseen[0];
  if (!first) return [];
  const where = placeWords(first.place);
  const text =
    unseen.length === 1
      ? `1 statement is of a kind that the lint does not know, so nothing was predicted for it: ${where}.`
      : `${unseen.length} statements are of kinds that the lint does not know, so nothing was predicted for them; the first is ${where}.`;
  return [{ conclusion: 'warn', text }];
}

function passReason(evidence: Unjudged): string {
  if (evidence.teardown && !evidence.lint && !evidence.rehearsal && !evidence.tests) {
    return evidence.teardown.removed
      ? `The branch \`${evidence.teardown.branch}\` was removed.`
      : `The branch \`${evidence.teardown.branch}\` was already gone.`;
  }
  const checks = (['lint', 'rehearsal', 'tests'] as const).filter(
    (name) => evidence[name]?.status === 'passed',
  );
  const survives = evidence.tests?.oldCode?.status === 'passed' ? ', the running version’s tests' : '';
  return checks.length > 0
    ? `Passed: ${checks.join(', ')}${survives}.`
    : 'Nothing was asked for, and nothing was found.';
}

function limited<T>(items: readonly T[], rest: string, reason: (item: T) => Reason): Reason[] {
  const reasons = items.slice(0, MAXIMUM_REASONS).map(reason);
  const last = reasons.at(-1);
  if (!last || items.length <= MAXIMUM_REASONS) return reasons;
  return [...reasons, { conclusion: last.conclusion, text: `${items.length - MAXIMUM_REASONS} ${rest}.` }];
}

/** A file, with its line if there is one, between code marks that the name cannot end. */
export function placeWords({
  file,
  line,
}: {
  readonly file: string;
  readonly line?: number | undefined;
}): string {
  return pointWords({ file, line });
}

/** The same with the column, for what stands at one character. */
function pointWords({ file, line, column }: Pick<Problem, 'file' | 'line' | 'column'>): string {
  const point = [file.replaceAll('`', 'ˋ'), line, column].filter((part) => part !== undefined);
  return `\`${point.join(':')}\``;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
