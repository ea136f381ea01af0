/** Branches and remains as a server would tell of them, by hand and at random; the bench uses them too. */
import { branchName } from '../../src/branching/identity.ts';
import type { BranchIdentity, Held, Remain } from '../../src/branching/provider.ts';
import { type PullState, SWEEP_TIMES, type SweepRequest } from '../../src/branching/sweep-plan.ts';

export const HOUR = 3_600_000;
export const NOW = new Date('2026-06-01T12:00:00.000Z');
export const OURS = 42;
export const THEIRS = 43;

type Changes = Partial<Pick<Held, 'state' | 'sessions' | 'busy' | 'bytes'>> & {
  readonly number?: number;
  readonly subject?: BranchIdentity['subject'];
  readonly repositoryId?: number;
  readonly createdAt?: string;
  readonly expiresAt?: string;
};

/** A finished branch of pull request 7 of our repository, two days old, with a day to live. */
export function heldBranch(changes: Changes): Held {
  const { number = 7, repositoryId = OURS } = changes;
  const subject = changes.subject ?? { kind: 'pull-request', number };
  const name = branchName({ repositoryId, subject });
  const labels = {
    repositoryId,
    subject,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    baselineId: 'schema_1',
    createdAt: changes.createdAt ?? new Date(NOW.getTime() - 48 * HOUR).toISOString(),
    expiresAt: changes.expiresAt ?? new Date(NOW.getTime() + 24 * HOUR).toISOString(),
    touched: true,
  };
  const { state = 'ready', sessions = 0, busy = false, bytes = 8_000_000 } = changes;
  const branch = { id: name, name, provider: 'postgres', labels };
  return { branch, state, sessions, busy, bytes, lastActivity: undefined };
}

export function remainOf(changes: Partial<Remain>): Remain {
  const base = { kind: 'database', name: 'pullgres_42_pr_9', repositoryId: OURS, busy: false } as const;
  return { ...base, what: 'It is half dropped.', ...changes };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KINDS: readonly Remain['kind'][] = ['database', 'building', 'shard', 'role', 'slot', 'directory'];

/** A server with so many branches of two repositories, a fifth as many remains, and GitHub in any mood. */
export function randomServer(seed: number, branches: number): SweepRequest {
  const random = randomOf(seed);
  const chance = (part: number) => random() < part;
  const around = (hours: number) => new Date(NOW.getTime() + (random() * 2 - 1) * hours * HOUR).toISOString();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const subjectOf = (number: number): BranchIdentity['subject'] =>
    pick([
      { kind: 'pull-request', number },
      { kind: 'pull-request', number },
      { kind: 'merge-group', headSha: number.toString(16).padStart(40, '0') },
      { kind: 'run', runId: String(number), attempt: 1 },
    ]);
  const asked = chance(0.7);
  const pulls = new Map<number, PullState>();
  const held = Array.from({ length: branches }, (_, index) => {
    const number = index + 1;
    if (asked && chance(0.9)) pulls.set(number, pick(['open', 'closed', 'unknown'] as const));
    return heldBranch({
      number,
      subject: subjectOf(number),
      repositoryId: chance(0.7) ? OURS : THEIRS,
      createdAt: around(3),
      expiresAt: around(5),
      state: chance(0.15) ? 'making' : 'ready',
      sessions: chance(0.2) ? 1 : 0,
      busy: chance(0.1),
    });
  });
  const remains = Array.from({ length: Math.ceil(branches / 5) }, (_, index) =>
    remainOf({
      kind: pick(KINDS),
      name: `remain ${index}`,
      repositoryId: pick([OURS, THEIRS, undefined]),
      busy: chance(0.2),
      since: chance(0.5) ? around(3) : undefined,
      expiresAt: chance(0.5) ? around(3) : undefined,
      blocked: chance(0.2) ? 'Ask her.' : undefined,
    }),
  );
  return {
    branches: held,
    remains,
    pulls,
    complete: asked && chance(0.8),
    asked,
    now: NOW,
    ttl: SWEEP_TIMES,
    repositoryId: OURS,
    limits: { maximum: Math.ceil(random() * branches) },
  };
}
