import {
  createPostgresProvider,
  type PostgresOptions,
  type PostgresProvider,
} from '../../../src/branching/postgres.ts';
import type { BranchIdentity, CreateRequest } from '../../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';

export function providerFor(
  facts: ConnectionFacts,
  options: Partial<Omit<PostgresOptions, 'facts'>> = {},
): PostgresProvider {
  return createPostgresProvider({ facts, now: () => new Date(), ...options });
}

export function requestFor(repositoryId: number, baselineId: string, number = 1): CreateRequest {
  const identity: BranchIdentity = { repositoryId, subject: { kind: 'pull-request', number } };
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  return { identity, baselineId, headSha: 'a'.repeat(40), baseRef: 'main', expiresAt };
}
