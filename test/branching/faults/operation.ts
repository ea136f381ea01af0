import type { PostgresProvider } from '../../../src/branching/postgres.ts';
import type { Branch, CreateRequest } from '../../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { ask } from '../sql-conformance.ts';

export const OPERATIONS = [
  'create',
  'create when there',
  'reset',
  'remove',
  'ensureBaseline',
  'publishBaseline',
] as const;

export type OperationName = (typeof OPERATIONS)[number];

/** What one operation works on; JSON, so that a child process can be told. */
export type Order = {
  readonly operation: OperationName;
  readonly request: CreateRequest;
  /** The branch to reset. */
  readonly branch?: Branch | undefined;
  /** The database to publish as the baseline `request.baselineId`. */
  readonly database?: string | undefined;
};

/** Tables that tell one row too many from one too few, an index and a sequence from none. */
export const CONTENT = [
  'CREATE TABLE notes (id serial PRIMARY KEY, row text NOT NULL)',
  `INSERT INTO notes (row) SELECT 'note ' || n FROM generate_series(1, 50) n`,
  'CREATE TABLE tags (note int REFERENCES notes, tag text)',
  `INSERT INTO tags SELECT n, 'tag' || n % 7 FROM generate_series(1, 50) n`,
];

export async function fill(facts: ConnectionFacts): Promise<void> {
  for (const sql of CONTENT) await ask(facts, sql);
}

const WORK: Readonly<Record<OperationName, (provider: PostgresProvider, order: Order) => Promise<unknown>>> =
  {
    create: (provider, { request }) => provider.create(request),
    'create when there': (provider, { request }) => provider.create(request),
    reset: (provider, { branch, request }) => provider.reset(branch as Branch, request.baselineId),
    remove: (provider, { request }) => provider.remove(request.identity),
    ensureBaseline: (provider, { request }) =>
      provider.ensureBaseline(
        { id: request.baselineId, kind: 'schema', createdAt: '2026-01-02T03:04:05.000Z' },
        fill,
      ),
    publishBaseline: (provider, { database, request }) =>
      provider.publishBaseline(database ?? '', { id: request.baselineId, kind: 'synthetic' }),
  };

/** Runs the operation once. Throws what the provider throws. */
export async function perform(provider: PostgresProvider, order: Order): Promise<void> {
  await WORK[order.operation](provider, order);
}
