import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { branchName } from '../../src/branching/identity.ts';
import { createLocalProvider } from '../../src/branching/local.ts';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { BranchIdentity, Trust } from '../../src/branching/provider.ts';
import { literal } from '../../src/postgres/quote.ts';
import { testBinaries } from '../support/postgres.ts';
import { ask } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';
import type { Subject } from './subject.ts';

export const directory = await mkdtemp(join(tmpdir(), 'pullgres-test-faults-'));
const server = await createLocalProvider({
  binaries: await testBinaries(),
  directory,
  now: () => new Date(),
  // Every statement is logged, so that the log can be searched for secrets.
  settings: { max_prepared_transactions: '5', wal_level: 'logical', log_statement: 'all' },
});
export const admin = server.facts;
export const ROLES = `SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'pullgres%' ORDER BY 1`;

after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

type Faulty = Subject & { readonly provider: PostgresProvider };

/** A subject for one test, with nothing of another's; the maintenance database keeps the secret. */
export async function withSubject(
  work: (subject: Faulty) => Promise<void>,
  lockWaitMs = 30_000,
): Promise<void> {
  let provider: PostgresProvider | undefined;
  const make = (trust: Trust) => {
    provider = createPostgresProvider({ facts: admin, now: () => new Date(), lockWaitMs, trust });
    return provider;
  };
  const made = sqlSubject(admin, make);
  assert.ok(provider);
  const subject = { ...made, provider };
  try {
    await work(subject);
  } finally {
    await subject.dispose();
  }
}

/** Neither database nor role of this identity is left. */
export async function nothingLeft(subject: Subject, identity: BranchIdentity): Promise<void> {
  const name = branchName(identity);
  assert.ok(!(await subject.databases()).includes(name));
  const roles = await ask(
    admin,
    `SELECT rolname::text FROM pg_roles WHERE rolname LIKE ${literal(`${name}%`)}`,
  );
  assert.deepEqual(roles, []);
}
