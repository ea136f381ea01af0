import type { Evidence } from '../evidence/schema.ts';
import { acceptedFindings } from './accepted.ts';
import { testWords } from './headline.ts';
import { makingWords, missWords } from './making.ts';
import { code, details, escapeText, link, named, prose } from './markdown.ts';
import { clip } from './plain.ts';
import { agoWords, count, durationWords, sentence, utcWords } from './words.ts';

/** The tests: counts, then the failing ones. */
export function testsSection({ tests, verdict }: Evidence, maximum: number): string | undefined {
  if (!tests || tests.status === 'skipped') return undefined;
  const counted = tests.counts ? testWords(tests.counts) : tests.status;
  const time = tests.durationMs === undefined ? '' : ` in ${durationWords(tests.durationMs)}`;
  // The verdict's reasons stand above, and have told it.
  const isTold =
    tests.reason === undefined || verdict.reasons.some((text) => text.includes(tests.reason ?? ''));
  const reason = isTold ? '' : prose(clip(tests.reason ?? '', 500));
  const body = [reason, failureList(tests.failures, maximum)].filter((part) => part !== '');
  const summary = `Tests: ${counted}${time}${shardWords(tests)}`;
  if (body.length === 0) return `**Tests:** ${counted}${time}${shardWords(tests)}.`;
  return details(summary, body.join('\n\n'), tests.status === 'failed');
}

/** The running version's tests on the migrated schema, and what they miss there. */
export function oldCodeSection({ tests }: Evidence, maximum: number): string | undefined {
  const oldCode = tests?.oldCode;
  if (!oldCode || oldCode.status === 'skipped') return undefined;
  const version = oldCode.commit === undefined ? '' : ` (${code(oldCode.commit.slice(0, 7))})`;
  const words = OLD_CODE_WORDS[oldCode.status];
  const counted = oldCode.counts ? `: ${testWords(oldCode.counts)}` : '';
  const reason = oldCode.reason === undefined ? '' : prose(clip(oldCode.reason, 500));
  const body = [reason, failureList(oldCode.failures, maximum)].filter((part) => part !== '');
  if (body.length === 0) return `**Running version**${version} ${words}${counted}.`;
  return details(`Running version ${words}${counted}`, body.join('\n\n'), oldCode.status === 'failed');
}

const OLD_CODE_WORDS = {
  passed: 'survives this deploy',
  failed: 'does not survive this deploy',
  unproven: 'could not be tested',
} as const;

type Tests = NonNullable<Evidence['tests']>;

function failureList(all: Tests['failures'], maximum: number): string {
  const failures = all.slice(0, maximum).map(({ name, message, file, line }) => {
    const place =
      file === undefined ? '' : ` (${code(clip(line === undefined ? file : `${file}:${line}`, 200))})`;
    return `- ${code(clip(name, 200))}${place}: ${escapeText(clip(message, 300))}`;
  });
  const more = all.length - failures.length;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return [...failures, ...rest].join('\n');
}

function shardWords({ shards }: Tests): string {
  return shards === undefined ? '' : ` on ${count(shards.length, 'shard')}`;
}

/** Waived findings with who answers for them, why and until when. */
export function acceptedSection(evidence: Evidence, maximum: number): string | undefined {
  const accepted = acceptedFindings(evidence);
  if (accepted.length === 0) return undefined;
  const rows = accepted.slice(0, maximum).map(({ finding, reason, owner, until }) => {
    const where = code(clip(`${finding.place.file}:${finding.place.line}`, 200));
    return `- ${escapeText(clip(finding.rule, 80))} at ${where}, accepted by ${escapeText(clip(owner, 80))} until ${escapeText(until)}: ${escapeText(sentence(clip(reason, 300)))}`;
  });
  const more = accepted.length - rows.length;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return details(`Accepted risks: ${accepted.length}`, [...rows, ...rest].join('\n'));
}

/** What the branch was made of, and what that means for the times. */
export function dataLine({ branch, run }: Evidence): string | undefined {
  if (!branch) return undefined;
  const { baseline } = branch;
  const age = agoWords(baseline.sourceAt ?? baseline.createdAt, run.finishedAt);
  const words = {
    schema: 'the base branch’s schema, without production’s rows, so times prove little',
    synthetic: `synthetic baseline of ${age}`,
    masked: `masked baseline of ${age}${baseline.proved ? ', proved' : ''}`,
  }[baseline.kind];
  return `**Data:** ${words}.`;
}

/** The branch: name, server, life; with the forecast of the copy, which is nothing for the change's author, where asked for. */
export function branchLine(
  { branch, teardown, subject }: Evidence,
  withForecast: boolean,
): string | undefined {
  if (teardown) {
    const name = code(clip(teardown.branch, 130));
    const what = teardown.removed ? `${name} was removed` : `${name} was already gone`;
    return `**Branch:** ${what} on ${utcWords(teardown.at)}.`;
  }
  if (!branch) return undefined;
  const life =
    branch.lifetime !== 'job'
      ? `expires ${utcWords(branch.expiresAt)}`
      : `lived for this job only${subject.kind === 'merge-group' ? ' (merge queue)' : ''}`;
  const reset =
    branch.resetReason === undefined
      ? ''
      : ` It was reset: ${prose(sentence(clip(branch.resetReason, 300)))}`;
  const made = makingWords(branch, withForecast);
  const missed = withForecast ? missWords(branch) : undefined;
  return [
    `**Branch:** ${code(clip(branch.name, 130))} on Postgres ${branch.postgresVersion} (${escapeText(clip(branch.provider, 40))})${made === '' ? '' : `, ${made}`}, ${life}.${reset}`,
    ...(missed === undefined ? [] : [missed]),
  ].join(' ');
}

/** That an edit of the policy in this pull request does not count yet. */
export function policyLine({ policy }: Evidence): string | undefined {
  if (!policy.editedHere) return undefined;
  return `**Policy:** this pull request edits ${prose(named(policy.path))}; the edit takes effect after the merge.`;
}

/** Commit, run and time. */
export function footer({ subject, run, tool }: Pick<Evidence, 'subject' | 'run' | 'tool'>): string {
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  const parts = [
    code(subject.headSha.slice(0, 7)),
    link(`run ${clip(run.id, 40)}${attempt}`, run.url),
    utcWords(run.finishedAt),
    escapeText(`Pullgres ${clip(tool.version, 40)}`),
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
