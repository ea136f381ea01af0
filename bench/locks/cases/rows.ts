import { all, at, type LockCase } from '../case.ts';

export const rows: readonly LockCase[] = [
  ...all(
    'SELECT * FROM bare',
    'SELECT * FROM recent JOIN bare USING (id)',
    'SELECT * FROM bare FOR UPDATE',
    'SELECT * FROM bare b JOIN customers c USING (id) FOR UPDATE OF b',
    'SELECT count(*) FROM parent',
    'WITH gone AS (DELETE FROM bare RETURNING *) SELECT * FROM gone',
    'INSERT INTO bare VALUES (1, 1, 1)',
    'INSERT INTO bare SELECT id, 1, 1 FROM customers',
    'INSERT INTO items VALUES (1)',
    'UPDATE bare SET a = 2',
    'UPDATE notes SET text = text',
    'UPDATE items SET order_id = order_id + 1 WHERE order_id < 9',
    'UPDATE parent SET a = 2',
    'DELETE FROM bare',
    'DELETE FROM items',
  ),
  ...at(
    15,
    'MERGE INTO adopted USING customers ON adopted.id = customers.id WHEN MATCHED THEN UPDATE SET a = 1',
  ),
];
