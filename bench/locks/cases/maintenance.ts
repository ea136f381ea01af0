import { all, type LockCase } from '../case.ts';

export const maintenance: readonly LockCase[] = [
  ...all(
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
  ),
];
