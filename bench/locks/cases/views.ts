import { all, type LockCase } from '../case.ts';

export const views: readonly LockCase[] = [
  ...all(
    'CREATE VIEW fresh AS SELECT * FROM bare',
    'CREATE OR REPLACE VIEW recent AS SELECT id, amount FROM orders WHERE id > 1',
    'CREATE MATERIALIZED VIEW fresh AS SELECT * FROM recent',
  ),
];
