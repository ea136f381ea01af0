import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { RemedySql } from '../../../src/branching/doctor/check.ts';
import { type Examined, examine } from '../../../src/branching/doctor/examine.ts';
import { createPostgresProvider, type PostgresProvider } from '../../../src/branching/postgres.ts';
import type { Baseline, BranchIdentity } from '../../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { startServer, stopServer } from '../../../src/postgres/server.ts';
import { testBinaries } from '../../support/postgres.ts';
import { rowsOf } from '../../support/team-server.ts';

/** What only a start can set, so that every fault can be planted. */
const SETTINGS = {
  max_prepared_transactions: '5',
  wal_level: 'logical',
  max_connections: '20',
  max_locks_per_transaction: '10',
  archive_mode: 'on',
  archive_command: 'true',
};

export type Patient = {
  readonly facts: ConnectionFacts;
  readonly provider: PostgresProvider;
  /** Rows of one statement by the superuser. */
  readonly sql: (statement: string, database?: string) => Promise<readonly Record<string, unknown>[]>;
};

export const BASELINE: Baseline = { id: 'base', kind: 'schema', createdAt: new Date().toISOString() };
export const IDENTITY: BranchIdentity = { repositoryId: 5, subject: { kind: 'pull-request', number: 7 } };

let starting: Promise<Patient> | undefined;
let directory: string | undefined;

/** This test file's own server, with a baseline of 40 tables and a branch. */
export function patient(): Promise<Patient> {
  starting ??= start();
  return starting;
}

after(async () => {
  await starting?.catch(() => undefined);
  if (directory === undefined) return;
  await stopServer(join(directory, 'server'));
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<Patient> {
  directory = mkdtempSync(join(tmpdir(), 'pullgres-test-doctor-'));
  const binaries = await testBinaries();
  const { facts } = await startServer({ binaries, directory: join(directory, 'server'), settings: SETTINGS });
  const provider = createPostgresProvider({ facts, now: () => new Date() });
  await provider.ensureBaseline(BASELINE, async (inside) => {
    const tables = Array.from({ length: 40 }, (_, n) => `CREATE TABLE t${n} (id int)`);
    for (const table of tables) await rowsOf(inside, table);
  });
  await createBranch(provider, IDENTITY);
  const sql = (statement: string, database = 'postgres') => rowsOf({ ...facts, database }, statement);
  return { facts, provider, sql };
}

export async function createBranch(provider: PostgresProvider, identity: BranchIdentity) {
  const request = { baselineId: BASELINE.id, headSha: 'a'.repeat(40), baseRef: 'main' };
  const { branch } = await provider.create({ identity, ...request, expiresAt: '2126-01-01T00:00:00.000Z' });
  return branch;
}

export type Asked = {
  readonly facts?: ConnectionFacts;
  readonly now?: () => Date;
  readonly baseline?: string;
};

/** What one check says now. */
export async function asked(id: string, options: Asked = {}): Promise<Examined> {
  const facts = options.facts ?? (await patient()).facts;
  const { results } = await examine({ facts, now: options.now ?? (() => new Date()) }, options.baseline);
  const found = results.find((each) => each.id === id);
  assert.ok(found, `no check ${id}`);
  return found;
}

/** Runs a remedy as it stands, each statement by itself where it says. */
export async function heal(statements: readonly RemedySql[] | undefined): Promise<void> {
  const { sql } = await patient();
  assert.ok(statements && statements.length > 0, 'the remedy has no SQL');
  for (const { database, statement } of statements) {
    // What stands on one line and holds nothing unprintable can be copied from a terminal.
    assert.doesNotMatch(statement, /[\p{Cc}\p{Cf}]/u);
    await sql(statement, database);
  }
}
