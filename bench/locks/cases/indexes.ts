import { all, at, type LockCase } from '../case.ts';

export const indexes: readonly LockCase[] = [
  ...all(
    'CREATE INDEX ON bare (a)',
    'CREATE UNIQUE INDEX ON bare (a)',
    'CREATE INDEX IF NOT EXISTS orders_note ON orders (note)',
    'CREATE INDEX ON parent (a)',
    'CREATE INDEX ON events (kind)',
    'CREATE INDEX ON ONLY events (kind)',
    'CREATE INDEX ON totals (code)',
    'REINDEX INDEX orders_note',
    'REINDEX TABLE orders',
    'ALTER INDEX orders_note RENAME TO y',
    'ALTER INDEX orders_note SET (fillfactor = 70)',
  ),
  ...at(14, 'REINDEX TABLE totals'),
];
