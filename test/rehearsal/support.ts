import assert from 'node:assert/strict';
import type { ObservedStatement } from '../../src/evidence/schema.ts';
import type { History, Migration } from '../../src/migrations/migration.ts';
import { sql } from '../../src/migrations/sql.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type RehearsalRequest, type RehearsalResult, rehearse } from '../../src/rehearsal/rehearse.ts';
import { freshDatabase } from '../support/postgres.ts';

/** A table of 20,000 orders with its customers, an index and a column that holds nulls nowhere. */
export const SHOP = `
  create table customers (id int primary key);
  create table orders (id int primary key, customer_id int, note text);
  create index orders_note on orders (note);
  insert into customers select generate_series(1, 100);
  insert into orders select n, n % 100 + 1, 'note ' || n from generate_series(1, 20000) n;`;

/** Runs the work with a connection of its own. */
export async function connected<Result>(
  facts: ConnectionFacts,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** A fresh database on which the script ran. */
export async function prepared(script: string): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  await connected(facts, (connection) => connection.script(script));
  return facts;
}

/** The only row of a query. */
export async function one(
  facts: ConnectionFacts,
  query: string,
): Promise<Record<string, unknown> | undefined> {
  return connected(facts, async (connection) => (await connection.query(query)).rows[0]);
}

export async function rehearsed(
  facts: ConnectionFacts,
  migrations: readonly Migration[],
  more: Partial<RehearsalRequest> = {},
): Promise<RehearsalResult> {
  const limits = { statementTimeoutMs: 60_000, lockTimeoutMs: 30_000 };
  const history: History = sql.history;
  return rehearse({ facts, migrations, history, limits, onProgress: () => undefined, ...more });
}

/** The statements of the only migration, which must have been applied. */
export async function watched(
  facts: ConnectionFacts,
  migrations: readonly Migration[],
  more: Partial<RehearsalRequest> = {},
): Promise<readonly ObservedStatement[]> {
  const result = await rehearsed(facts, migrations, more);
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(result.migrations.length, 1);
  return result.migrations[0]?.statements ?? [];
}

/** A statement's locks as `relation mode`, without the time. */
export function lockList(statement: ObservedStatement | undefined): readonly string[] {
  return (statement?.locks ?? []).map(({ relation, mode }) => `${relation} ${mode}`);
}

/** The time that the statement's lock on the relation was held, milliseconds. */
export function heldMs(statement: ObservedStatement | undefined, relation: string): number {
  return statement?.locks.find((lock) => lock.relation === relation)?.heldMs ?? Number.NaN;
}
