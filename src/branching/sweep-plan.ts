import type { Held, Remain } from './provider.ts';

/** `unknown`: GitHub's answer is missing, refused, or not whole. A 404 may be a missing permission, so it is unknown too. */
export type PullState = 'open' | 'closed' | 'unknown';
export type Decision = 'delete' | 'keep' | 'unknown';

export type SweepTimes = {
  /** How long an end must have passed by the server's clock before it counts: labels are written by clocks that may be off. */
  readonly graceMs: number;
  /** How long something half made is left to the job that may be making it. */
  readonly makingMs: number;
};

export const SWEEP_TIMES: SweepTimes = { graceMs: 3_600_000, makingMs: 3_600_000 };

export type SweepRequest = {
  readonly branches: readonly Held[];
  readonly remains: readonly Remain[];
  /** By number; one that is missing is unknown. */
  readonly pulls: ReadonlyMap<number, PullState>;
  /** GitHub's list of open pull requests was read to its end. If not, no pull request counts as closed. */
  readonly complete: boolean;
  /** GitHub was asked, whatever came of it. If not, a branch's own label alone says when its time is over. */
  readonly asked: boolean;
  /** The server's clock. */
  readonly now: Date;
  readonly ttl: SweepTimes;
  readonly repositoryId: number;
  readonly limits: {
    /** Most deletions of one sweep. */
    readonly maximum: number;
  };
};

/** Why, as a word for programs; `reason` says it to people. */
export type Rule =
  | 'closed'
  | 'open'
  | 'expired'
  | 'connected'
  | 'overstayed'
  | 'busy'
  | 'current'
  | 'half made'
  | 'unknown'
  | 'other repository'
  | 'left over'
  | 'blocked'
  | 'unseen';

type Judged = { readonly decision: Decision; readonly rule: Rule; readonly reason: string };

export type PlannedBranch = Judged & {
  readonly held: Held;
  /** Undefined for what is of no pull request, or of another repository's. */
  readonly pull: PullState | undefined;
  readonly ageMs: number;
  /** By which its end has passed; negative while it is to come. */
  readonly overdueMs: number;
};

export type PlannedRemain = Judged & { readonly remain: Remain };

export type Plan = {
  /** Of this repository, in the order of names. */
  readonly branches: readonly PlannedBranch[];
  readonly remains: readonly PlannedRemain[];
  /** Branches of other repositories, which are never touched. */
  readonly elsewhere: readonly Held[];
  /** What this sweep deletes, in order: the certain before the merely expired, the oldest first. */
  readonly doomed: readonly (PlannedBranch | PlannedRemain)[];
  /** What is left to the next sweep because of the limit. */
  readonly postponed: readonly (PlannedBranch | PlannedRemain)[];
};

/**
 * Decides about everything that a server holds. Data in, data out. Of a pull request whose state GitHub was asked for and
 * did not tell nothing is deleted, nor is anything of another repository; the plan of what a whole plan leaves deletes
 * nothing.
 */
export function planSweep(request: SweepRequest): Plan {
  const { repositoryId, limits } = request;
  const own = request.branches.filter((each) => each.branch.labels.repositoryId === repositoryId);
  const elsewhere = request.branches.filter((each) => each.branch.labels.repositoryId !== repositoryId);
  const branches = own.map((held) => planBranch(held, request));
  const remains = request.remains.map((remain) => ({ remain, ...judgeRemain(remain, request) }));
  const all = [...remains, ...branches.toSorted(byUrgency)].filter(({ decision }) => decision === 'delete');
  return {
    branches,
    remains,
    elsewhere,
    doomed: all.slice(0, limits.maximum),
    postponed: all.slice(limits.maximum),
  };
}

const URGENCY: Partial<Record<Rule, number>> = { 'half made': 0, closed: 1, expired: 2 };

function byUrgency(a: PlannedBranch, b: PlannedBranch): number {
  return (URGENCY[a.rule] ?? 9) - (URGENCY[b.rule] ?? 9) || b.ageMs - a.ageMs;
}

function planBranch(held: Held, request: SweepRequest): PlannedBranch {
  const { subject, createdAt, expiresAt } = held.branch.labels;
  const now = request.now.getTime();
  const pull = subject.kind === 'pull-request' ? pullState(subject.number, request) : undefined;
  const overdueMs = now - Date.parse(expiresAt);
  const facts = { held, pull, ageMs: now - Date.parse(createdAt), overdueMs };
  return { ...facts, ...judgeBranch(facts, request) };
}

function pullState(number: number, { pulls, complete }: SweepRequest): PullState {
  const state = pulls.get(number) ?? 'unknown';
  return state === 'closed' && !complete ? 'unknown' : state;
}

type BranchFacts = Pick<PlannedBranch, 'held' | 'pull' | 'ageMs' | 'overdueMs'>;

function judgeBranch(facts: BranchFacts, { ttl, asked }: SweepRequest): Judged {
  const { held, pull, overdueMs } = facts;
  if (held.state === 'making') return judgeHalfMade(facts, ttl);
  const number = numberOf(held);
  const over = overdueMs > ttl.graceMs;
  if (pull === 'unknown' && (asked || !over)) return judgeUnknown(facts);
  if (pull === 'closed') return doomed('closed', `Pull request ${number} is closed.`);
  if (over) return judgeExpired(facts);
  const end = `it ends at ${held.branch.labels.expiresAt}`;
  if (pull === 'open') return keep('open', `Pull request ${number} is open, and ${end}.`);
  return keep('current', `${subjectWords(held)} has a branch of its own; ${end}.`);
}

function judgeUnknown({ held, overdueMs }: BranchFacts): Judged {
  const { expiresAt } = held.branch.labels;
  const end = overdueMs > 0 ? `Its time was over at ${expiresAt}` : `It ends at ${expiresAt}`;
  const reason = `Whether pull request ${numberOf(held)} is closed is not known, and what is unknown is not deleted. ${end}.`;
  return { decision: 'unknown', rule: 'unknown', reason };
}

function judgeHalfMade({ held, ageMs }: BranchFacts, ttl: SweepTimes): Judged {
  if (held.busy) return keep('busy', 'A job is making it now.');
  if (ageMs <= ttl.makingMs) {
    const until = later(held.branch.labels.createdAt, ttl.makingMs);
    return keep(
      'half made',
      `It is half made, and so young that a job may still be making it: it is kept until ${until}.`,
    );
  }
  return doomed(
    'half made',
    'The job that was making it ended before it was done; nobody could ever use it.',
  );
}

/** A session outlives the end of its role's password; whoever stays for a day more is not waited for. */
const OVERSTAYED_MS = 24 * 3_600_000;

function judgeExpired({ held, pull, overdueMs }: BranchFacts): Judged {
  const { expiresAt } = held.branch.labels;
  const over = `Its time was over at ${expiresAt}`;
  if (held.sessions > 0 && overdueMs > OVERSTAYED_MS) {
    return doomed('overstayed', `${over}, more than a day ago, and its sessions stay: they are ended.`);
  }
  if (held.sessions > 0) {
    const who = held.sessions === 1 ? 'a session is' : `${held.sessions} sessions are`;
    return keep('connected', `${over}, but ${who} connected to it.`);
  }
  if (held.busy) return keep('busy', `${over}, but a job works on it now.`);
  const open =
    pull === 'open' ? `; pull request ${numberOf(held)} is open and gets a new one with its next push` : '';
  const own =
    pull === 'unknown'
      ? ` GitHub was not asked about pull request ${numberOf(held)}: its own label says so.`
      : '';
  return doomed('expired', `${over}, and nobody is connected to it${open}.${own}`);
}

function judgeRemain(remain: Remain, { now, ttl, repositoryId }: SweepRequest): Judged {
  const { what, busy, expiresAt, since, blocked } = remain;
  if (remain.repositoryId !== undefined && remain.repositoryId !== repositoryId) {
    return keep('other repository', 'It belongs to another repository.');
  }
  const time = now.getTime();
  if (busy) return keep('busy', `${what} Somebody works with it now.`);
  if (expiresAt !== undefined && time - Date.parse(expiresAt) <= ttl.graceMs) {
    return keep('current', `${what} It may be needed until ${expiresAt}.`);
  }
  if (since !== undefined && time - Date.parse(since) <= ttl.makingMs) {
    return keep(
      'half made',
      `${what} It is so only since ${since}, and kept until ${later(since, ttl.makingMs)}.`,
    );
  }
  if (blocked !== undefined) {
    return { decision: 'unknown', rule: remain.unseen ? 'unseen' : 'blocked', reason: `${what} ${blocked}` };
  }
  return doomed('left over', what);
}

function numberOf({ branch }: Held): number {
  const { subject } = branch.labels;
  return subject.kind === 'pull-request' ? subject.number : 0;
}

function subjectWords({ branch }: Held): string {
  const { subject } = branch.labels;
  if (subject.kind === 'merge-group') return 'A merge group';
  if (subject.kind === 'named') return `Whoever asked for ${subject.name}`;
  return subject.kind === 'run' ? `Run ${subject.runId}` : `Pull request ${subject.number}`;
}

/** ISO 8601, so much later. */
const later = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString();
const keep = (rule: Rule, reason: string): Judged => ({ decision: 'keep', rule, reason });
const doomed = (rule: Rule, reason: string): Judged => ({ decision: 'delete', rule, reason });
