import { given, type LockCase } from '../case.ts';

const alone = (from: number, ...statements: string[]): readonly LockCase[] =>
  statements.map((sql) => ({ sql, from, alone: true }));

const concurrentIndexes = alone(
  13,
  'CREATE INDEX CONCURRENTLY x ON orders (amount)',
  'CREATE INDEX CONCURRENTLY ON bare (a)',
  'CREATE UNIQUE INDEX CONCURRENTLY x ON bare (id)',
  'CREATE INDEX CONCURRENTLY x ON bare (lower(a::text)) WHERE b > 0',
  'CREATE INDEX CONCURRENTLY x ON bare USING hash (a)',
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note)',
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON bare (a)',
  'CREATE INDEX CONCURRENTLY x ON empty_one (a)',
  'CREATE INDEX CONCURRENTLY x ON heads (customer_id)',
  'CREATE INDEX CONCURRENTLY x ON ONLY parent (a)',
  'CREATE INDEX CONCURRENTLY x ON events_1 (kind)',
  'CREATE INDEX CONCURRENTLY x ON events (kind)',
  'CREATE INDEX CONCURRENTLY x ON totals (code)',
  'CREATE INDEX CONCURRENTLY x ON fast (id)',
  'DROP INDEX CONCURRENTLY orders_note',
  'DROP INDEX CONCURRENTLY IF EXISTS orders_note',
  'DROP INDEX CONCURRENTLY IF EXISTS nope',
  'DROP INDEX CONCURRENTLY heads_a',
  'DROP INDEX CONCURRENTLY totals_id',
  'DROP INDEX CONCURRENTLY tree_a',
  'DROP INDEX CONCURRENTLY orders_pkey',
  'REINDEX INDEX CONCURRENTLY orders_note',
  'REINDEX INDEX CONCURRENTLY orders_pkey',
  'REINDEX INDEX CONCURRENTLY totals_id',
  'REINDEX TABLE CONCURRENTLY orders',
  'REINDEX TABLE CONCURRENTLY bare',
  'REINDEX TABLE CONCURRENTLY heads',
  'REINDEX TABLE CONCURRENTLY customers',
);

const reindexFamilies = [
  ...alone(
    14,
    'REINDEX INDEX tree_a',
    'REINDEX INDEX CONCURRENTLY tree_a',
    'REINDEX (CONCURRENTLY) TABLE orders',
    'REINDEX (CONCURRENTLY on, VERBOSE) INDEX orders_note',
    'REINDEX INDEX tree_1_a_idx',
  ),
  ...alone(
    13,
    'REINDEX TABLE tree',
    'REINDEX TABLE events',
    'REINDEX TABLE ledger',
    'REINDEX TABLE visits',
    'REINDEX TABLE CONCURRENTLY tree',
    'REINDEX TABLE CONCURRENTLY totals',
    'REINDEX SCHEMA shelf',
    'REINDEX SCHEMA CONCURRENTLY shelf',
  ),
];

const vacuums = [
  ...alone(
    13,
    'VACUUM bare',
    'VACUUM orders',
    'VACUUM (ANALYZE) customers',
    'VACUUM ANALYZE bare',
    'VACUUM (ANALYZE, VERBOSE) orders (note)',
    'VACUUM (FREEZE) bare',
    'VACUUM (INDEX_CLEANUP off) orders',
    'VACUUM (SKIP_LOCKED) bare',
    'VACUUM (TRUNCATE off) bare',
    'VACUUM (FULL false) bare',
    'VACUUM bare, customers',
    'VACUUM parent',
    'VACUUM events',
    'VACUUM totals',
    'VACUUM FULL bare',
    'VACUUM FULL orders',
    'VACUUM (FULL) customers',
    'VACUUM (FULL, ANALYZE) bare',
    'VACUUM FULL events',
    'VACUUM FULL totals',
    'VACUUM recent',
    'VACUUM ANALYZE events',
    'VACUUM (ANALYZE) parent',
  ),
  ...alone(18, 'VACUUM ONLY events', 'VACUUM ONLY parent'),
  ...alone(16, 'VACUUM (ONLY_DATABASE_STATS)'),
];

const partitions = [
  ...alone(
    14,
    'ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY',
    'ALTER TABLE visits DETACH PARTITION visits_1 CONCURRENTLY',
    'ALTER TABLE keyed DETACH PARTITION keyed_1 CONCURRENTLY',
    'ALTER TABLE tree DETACH PARTITION tree_2 CONCURRENTLY',
    'ALTER TABLE logs DETACH PARTITION logs_1 CONCURRENTLY',
  ),
];

const others = alone(
  13,
  'CREATE DATABASE other_one',
  "CREATE TABLESPACE far LOCATION '/nowhere'",
  'ALTER SYSTEM SET work_mem = 65536',
  'DISCARD ALL',
);

const after = [
  ...given(
    'CREATE TABLE shelf.held (id integer PRIMARY KEY, a integer); CREATE INDEX held_a ON shelf.held (a); CREATE TABLE shelf.plain (id integer)',
    alone(13, 'REINDEX SCHEMA shelf', 'REINDEX SCHEMA CONCURRENTLY shelf'),
  ),
];

/** Statements that run in transactions of their own, or that some or all versions refuse in one. */
export const aloneCases: readonly LockCase[] = [
  ...concurrentIndexes,
  ...reindexFamilies,
  ...vacuums,
  ...partitions,
  ...others,
  ...after,
];
