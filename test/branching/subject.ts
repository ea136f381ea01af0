import assert from 'node:assert/strict';
import { labelText } from '../../src/branching/labels.ts';
import type {
  Baseline,
  Branch,
  BranchIdentity,
  BranchLabels,
  CreateRequest,
  Provider,
  Trust,
} from '../../src/branching/provider.ts';
import { ProviderError } from '../../src/errors.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';

/** One provider under test and the hands needed to look at and upset what it keeps. */
export type Subject = {
  /** Gives pages of two. */
  readonly provider: Provider;
  /** Another job on the same server. */
  readonly another: Provider;
  /** Nobody else's in this test run. */
  readonly repositoryId: number;
  /** What both providers judge masked baselines by; a behaviour may put another in. */
  readonly trust: { judge: Trust };
  /** Adds a row as the facts' user. */
  readonly write: (facts: ConnectionFacts, row: string) => Promise<void>;
  /** The rows as the facts' user reads them, in the order of writing. */
  readonly read: (facts: ConnectionFacts) => Promise<readonly string[]>;
  /** Makes a database by hand. */
  readonly plant: (name: string, comment: string | undefined) => Promise<void>;
  readonly relabel: (name: string, comment: string | undefined) => Promise<void>;
  readonly databases: () => Promise<readonly string[]>;
  /** Facts of the administrator, for the behaviours that need SQL. */
  readonly admin?: ConnectionFacts;
  /** Takes away everything that the behaviour left. */
  readonly dispose: () => Promise<void>;
};

/** Believes the word `sound`. */
export const soundOnly: Trust = ({ attestation }) =>
  attestation === 'sound' ? undefined : { why: `It says ${attestation}.`, hint: 'Say sound.' };

/** One sentence that must hold of every provider; `run` rejects when it does not. */
export type Behaviour = { readonly name: string; readonly run: (subject: Subject) => Promise<void> };

export const pull = (subject: Subject, number: number): BranchIdentity => ({
  repositoryId: subject.repositoryId,
  subject: { kind: 'pull-request', number },
});

export const baselineOf = (subject: Subject, name = 'base', kind: Baseline['kind'] = 'schema'): Baseline => ({
  id: `${subject.repositoryId}:${name}`,
  kind,
  createdAt: '2026-01-02T03:04:05.000Z',
});

/** A baseline with one row, named after itself. */
export async function withBaseline(subject: Subject, name = 'base'): Promise<Baseline> {
  return subject.provider.ensureBaseline(baselineOf(subject, name), (facts) => subject.write(facts, name));
}

export function asks(subject: Subject, identity: BranchIdentity, baselineId?: string): CreateRequest {
  return {
    identity,
    baselineId: baselineId ?? baselineOf(subject).id,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: '2126-01-01T00:00:00.000Z',
  };
}

export async function withBranch(subject: Subject, number: number): Promise<Branch> {
  await withBaseline(subject);
  return (await subject.provider.create(asks(subject, pull(subject, number)))).branch;
}

export const refused = (work: Promise<unknown>, pattern: RegExp) =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ProviderError, `expected a ProviderError, got ${String(error)}`);
    assert.match(error.message, pattern);
    return true;
  });

/** The label of another pull request's branch. */
export function foreignLabel(branch: BranchLabels, number: number): string {
  const labels = { ...branch, subject: { kind: 'pull-request', number } as const };
  return labelText({ branch: { state: 'ready', labels } });
}
