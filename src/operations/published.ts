import { UserError } from '../errors.ts';
import { readForeignEvidence } from '../evidence/foreign.ts';
import type { AcceptedFinding, Evidence } from '../evidence/schema.ts';
import { decideVerdict } from '../evidence/verdict.ts';
import type { HeadPullRequest } from '../github/head-pull-requests.ts';
import type { ProducerRun } from '../github/workflow-run.ts';
import type { LoadedPolicy } from './policy.ts';

/** A stranger's result: about which pull request, or why it is refused, in a sentence of ours. */
export type Claim =
  | { readonly kind: 'believed'; readonly evidence: Evidence; readonly pull: HeadPullRequest }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Reads what a run left. It must be about a pull request that GitHub says is of this run's very commit, and of this run;
 * `onDetail` hears what is wrong in the reader's words, which may quote the text.
 */
export function readClaim(
  text: string,
  run: ProducerRun,
  pulls: readonly HeadPullRequest[],
  onDetail: (text: string) => void,
): Claim {
  const read = readStrictly(text, onDetail);
  if (read === undefined) return refused('The file in the artifact is not a record that this Pullgres reads');
  const { subject, run: told } = read;
  const pull = pulls.find(({ number }) => number === subject.pullRequest);
  const complaints: readonly (readonly [boolean, string])[] = [
    [subject.kind !== 'pull-request', 'It is not about a pull request'],
    [subject.repositoryId !== run.repository.id, 'It is about another repository'],
    [subject.headSha !== run.headSha, 'It is about another commit'],
    [told.id !== run.id || told.attempt > run.attempt, 'It is about another run'],
  ];
  const complaint = complaints.find(([holds]) => holds)?.[1];
  if (complaint !== undefined) return refused(complaint);
  if (pull === undefined) return refused('It is about another pull request');
  return { kind: 'believed', evidence: read, pull };
}

function readStrictly(text: string, onDetail: (text: string) => void): Evidence | undefined {
  try {
    return readForeignEvidence(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onDetail(error.message);
    return undefined;
  }
}

function refused(why: string): Claim {
  return { kind: 'refused', why };
}

/**
 * The result judged anew under the base branch's policy, of which it may only ask for more. Names, links and commits are
 * GitHub's; only what was measured is the stranger's, and green where the run itself was not green is not proved.
 */
export function judgeClaim(
  { evidence: told, pull }: Extract<Claim, { kind: 'believed' }>,
  run: ProducerRun,
  { facts: policy, exceptions }: Pick<LoadedPolicy, 'facts' | 'exceptions'>,
): Evidence {
  const { verdict: _verdict, teardown: _teardown, ...measured } = told;
  const { owner, name, id } = run.repository;
  const required = [...new Set([...policy.required, ...told.policy.required])];
  const unjudged = {
    ...measured,
    ...(told.branch ? { branch: withoutProof(told.branch) } : {}),
    ...(told.lint ? { lint: { ...told.lint, accepted: knownWaivers(told.lint.accepted, exceptions) } } : {}),
    ...(told.rehearsal?.accepted
      ? { rehearsal: { ...told.rehearsal, accepted: knownWaivers(told.rehearsal.accepted, exceptions) } }
      : {}),
    run: { ...told.run, id: run.id, attempt: run.attempt, url: run.url },
    subject: {
      kind: 'pull-request' as const,
      repository: `${owner}/${name}`,
      repositoryId: id,
      pullRequest: pull.number,
      headSha: run.headSha,
      baseSha: pull.baseSha,
    },
    policy: { ...policy, editedHere: told.policy.editedHere, required },
  };
  return { ...unjudged, verdict: heldAgainst(decideVerdict(unjudged), run.conclusion) };
}

/** Nobody can see from here whether the branch was of a proved baseline, so it is not said. */
function withoutProof({ baseline, ...branch }: NonNullable<Evidence['branch']>): Evidence['branch'] {
  const { proved: _, ...rest } = baseline;
  return { ...branch, baseline: rest };
}

/** Who is said to have accepted a risk in the policy must have: else it is the change's own word. */
function knownWaivers(
  accepted: readonly AcceptedFinding[],
  exceptions: LoadedPolicy['exceptions'],
): readonly AcceptedFinding[] {
  const keyOf = (
    rule: string,
    { owner, reason, until }: Pick<AcceptedFinding, 'owner' | 'reason' | 'until'>,
  ) => JSON.stringify([rule, owner, reason, until]);
  const known = new Set(exceptions.map((exception) => keyOf(exception.rule, exception)));
  return accepted.map((one) => (known.has(keyOf(one.finding.rule, one)) ? one : { ...one, source: 'file' }));
}

/** The run's own end is GitHub's word, the record is the author's. The worse of both counts. */
function heldAgainst(verdict: Evidence['verdict'], conclusion: string | undefined): Evidence['verdict'] {
  const isGreen = verdict.conclusion === 'pass' || verdict.conclusion === 'warn';
  if (isGreen === (conclusion === 'success')) return verdict;
  const ended = conclusionWords(conclusion);
  const said = isGreen
    ? `The run ${ended}, and the record that it left says that all is well: one of them is wrong.`
    : `The run ${ended} although the record that it left does not let the change pass: the required check is not to be relied on.`;
  return { conclusion: isGreen ? 'unproven' : verdict.conclusion, reasons: [said, ...verdict.reasons] };
}

const CONCLUSIONS: Readonly<Record<string, string>> = {
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'was cancelled',
  timed_out: 'ran out of time',
  skipped: 'was skipped',
  action_required: 'waits for an approval',
  startup_failure: 'could not start',
  stale: 'went stale',
};

/** How a run ended, after "the run". */
export function conclusionWords(conclusion: string | undefined): string {
  const known = conclusion !== undefined && Object.hasOwn(CONCLUSIONS, conclusion);
  return (known ? CONCLUSIONS[conclusion] : undefined) ?? 'did not succeed';
}
