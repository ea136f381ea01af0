import { all, at, given, type LockCase } from '../case.ts';

const CLUSTERED = `
ALTER TABLE orders CLUSTER ON orders_note;
ALTER TABLE shops CLUSTER ON shops_pkey;
CREATE MATERIALIZED VIEW from_parts AS SELECT * FROM events JOIN totals ON totals.id = events.kind;
CREATE MATERIALIZED VIEW from_views AS SELECT recent.id FROM recent;
CREATE UNIQUE INDEX from_views_id ON from_views (id);
CREATE INDEX orders_note_lower ON orders (lower(note)) WHERE amount > 5;`;

const PLAIN = all(
  'CLUSTER orders USING orders_note',
  'REFRESH MATERIALIZED VIEW totals',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY totals',
  'REFRESH MATERIALIZED VIEW totals WITH NO DATA',
  'ANALYZE bare',
  'LOCK TABLE bare',
  'LOCK TABLE bare IN SHARE MODE',
  'LOCK TABLE parent IN SHARE ROW EXCLUSIVE MODE',
  'LOCK TABLE ONLY parent IN EXCLUSIVE MODE',
  'LOCK TABLE recent IN ACCESS SHARE MODE',
);

export const maintenance: readonly LockCase[] = [
  ...PLAIN,
  ...all(
    'CLUSTER totals USING totals_id',
    'REINDEX TABLE customers',
    'REINDEX TABLE bare',
    'REINDEX TABLE events_1',
    'REINDEX INDEX customers_pkey',
    'REINDEX INDEX totals_id',
    'ANALYZE customers',
    'ANALYZE customers (name)',
    'ANALYZE customers, bare',
    'ANALYZE events',
    'ANALYZE events_1',
    'ANALYZE parent',
    'ANALYZE totals',
    'ANALYZE recent',
    'ANALYZE visits',
    'ANALYZE VERBOSE orders',
    'ANALYZE',
  ),
  ...given(
    CLUSTERED,
    all(
      'CLUSTER orders',
      'CLUSTER VERBOSE shops',
      'REFRESH MATERIALIZED VIEW from_parts',
      'REFRESH MATERIALIZED VIEW from_views',
      'REFRESH MATERIALIZED VIEW CONCURRENTLY from_views',
      'REFRESH MATERIALIZED VIEW from_parts WITH NO DATA',
      'ANALYZE orders',
      'REINDEX TABLE orders',
    ),
  ),
  ...all('REINDEX (VERBOSE) TABLE customers'),
  ...at(14, 'REINDEX (TABLESPACE pg_default) TABLE customers'),
  ...at(18, 'ANALYZE ONLY events', 'ANALYZE ONLY parent'),
];
