import type { Baseline, Branch, BranchIdentity, BranchLabels, CreateRequest } from './provider.ts';

/** Durations in milliseconds, from the policy's `branch` section. */
export type TimeToLive = { readonly idleMs: number; readonly absoluteMs: number };

/** `pull-request`: until the pull request closes or the branch expires. `job`: removed by the job that made it. `time`: until it expires. */
export type Lifetime = { readonly until: 'pull-request' | 'job' | 'time'; readonly reason: string };

/** How long the branch of such an event lives. */
export function decideLifetime(kind: BranchIdentity['subject']['kind'], durable: boolean): Lifetime {
  if (!durable) {
    return { until: 'job', reason: 'The server lives in this job, so the branch ends with it.' };
  }
  switch (kind) {
    case 'pull-request':
      return { until: 'pull-request', reason: 'The branch lives until its pull request is closed.' };
    case 'merge-group':
      return { until: 'job', reason: 'A merge group is checked once, so its branch ends with the job.' };
    case 'run':
      return {
        until: 'job',
        reason: 'No pull request stands behind this run, so its branch ends with the job.',
      };
    case 'named':
      return { until: 'time', reason: 'The branch was asked for by its name and lives for its time.' };
  }
}

/** The branch's end as ISO 8601: idle time from now, but never beyond the absolute age; `createdAt` is undefined for a new one. */
export function expiry(now: Date, createdAt: string | undefined, ttl: TimeToLive): string {
  const born = createdAt === undefined ? now.getTime() : Date.parse(createdAt);
  return new Date(Math.min(now.getTime() + ttl.idleMs, born + ttl.absoluteMs)).toISOString();
}

/** The labels of a branch that is there once `create` is asked for it again. */
export function renewed(labels: BranchLabels, request: CreateRequest): BranchLabels {
  const { headSha, baseRef, expiresAt } = request;
  return { ...labels, headSha, baseRef, expiresAt, ...forPeople(request) };
}

/** The labels of a new branch. `createdAt`: ISO 8601, by the server's clock. */
export function firstLabels(request: CreateRequest, createdAt: string): BranchLabels {
  const { identity, headSha, baseRef, baselineId, expiresAt } = request;
  const birth = { headSha, baseRef, baselineId, createdAt, expiresAt, touched: false };
  return { ...identity, ...birth, ...forPeople(request) };
}

function forPeople({ author, repository }: CreateRequest): Pick<BranchLabels, 'author' | 'repository'> {
  return { ...(author === undefined ? {} : { author }), ...(repository === undefined ? {} : { repository }) };
}

/** Beyond its expiry a branch has this long before anybody but the sweep takes it away. */
const GRACE_MS = 3_600_000;
/** Most that one run takes away for the sake of a quota. */
const MOST_SWEPT = 20;

/** Branches whose end is more than an hour past by the server's clock, longest past first, at most 20. */
export function certainlyStale(branches: readonly Branch[], now: Date): readonly Branch[] {
  const end = ({ labels }: Branch) => Date.parse(labels.expiresAt);
  return branches
    .filter((branch) => end(branch) + GRACE_MS < now.getTime())
    .toSorted((a, b) => end(a) - end(b))
    .slice(0, MOST_SWEPT);
}

/** What to do with a branch that a former run left; `replace` is remove and create. */
export type Reuse = { readonly action: 'keep' | 'reset' | 'replace'; readonly reason: string };

const REST = 'rows added by hand are lost';
const LOST: Record<Baseline['kind'], string> = {
  schema: 'it is built again from the base branch’s migrations',
  synthetic: REST,
  masked: REST,
};

/** Whether a branch found at the start of a run can be used as it is. */
export function decideReuse(request: {
  readonly branch: Branch;
  readonly wantedBaselineId: string;
  readonly baselineKind: Baseline['kind'];
  /** Only with both is the branch's absolute age judged. */
  readonly now?: Date;
  readonly ttl?: TimeToLive;
  /** The branch that the change is to be merged into now. */
  readonly baseRef?: string;
  /** What a touched branch is to the change: it only lacks what the change appends, or the reason why it is of no use. */
  readonly continuation?: 'appended' | { readonly reason: string };
}): Reuse {
  const { labels } = request.branch;
  if (
    request.now &&
    request.ttl &&
    expiry(request.now, labels.createdAt, request.ttl) <= request.now.toISOString()
  ) {
    return {
      action: 'replace',
      reason: `The branch was made at ${labels.createdAt} and has reached its greatest age.`,
    };
  }
  if (labels.baselineId !== request.wantedBaselineId) {
    return {
      action: 'reset',
      reason: `${retargeted(labels, request.baseRef)}The baseline moved from ${labels.baselineId} to ${request.wantedBaselineId}; ${LOST[request.baselineKind]}.`,
    };
  }
  if (labels.touched) {
    const { continuation = { reason: 'An earlier run began to migrate the branch' } } = request;
    if (continuation === 'appended')
      return { action: 'keep', reason: 'The change only appends to what was applied.' };
    const why = `${retargeted(labels, request.baseRef)}${continuation.reason}`;
    return { action: 'reset', reason: `${why}; ${LOST[request.baselineKind]}.` };
  }
  return { action: 'keep', reason: 'The branch still equals its baseline.' };
}

function retargeted({ baseRef: before }: BranchLabels, now: string | undefined): string {
  if (now === undefined || now === '' || before === '' || now === before) return '';
  return `The pull request goes into ${now} now and went into ${before} before. `;
}
