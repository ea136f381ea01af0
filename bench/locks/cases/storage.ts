import { all, at, type LockCase } from '../case.ts';

export const storage: readonly LockCase[] = [
  ...all(
    'ALTER TABLE bare RENAME TO y',
    'ALTER TABLE bare SET (fillfactor = 80)',
    'ALTER TABLE bare SET (autovacuum_enabled = false)',
    'ALTER TABLE bare SET (user_catalog_table = true)',
    'ALTER TABLE bare RESET (fillfactor)',
    'ALTER TABLE bare SET UNLOGGED',
    'ALTER TABLE fast SET LOGGED',
    'ALTER TABLE bare SET TABLESPACE pg_default',
    'ALTER TABLE orders CLUSTER ON orders_note',
    'ALTER TABLE orders SET WITHOUT CLUSTER',
    'ALTER TABLE bare REPLICA IDENTITY FULL',
    'ALTER TABLE bare OWNER TO CURRENT_USER',
    'ALTER TABLE bare SET SCHEMA information_schema',
  ),
  ...at(15, 'ALTER TABLE bare SET ACCESS METHOD heap'),
];
