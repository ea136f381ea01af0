-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT i FROM generate_series(1, 200) AS i;

-- migration
-- One value for all old rows: only the catalog changes.
ALTER TABLE orders ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new';

-- A value of its own for each row: later rows by the default, old rows in batches.
ALTER TABLE orders ADD COLUMN token uuid;
ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
UPDATE orders SET token = gen_random_uuid() WHERE id <= 100;
UPDATE orders SET token = gen_random_uuid() WHERE id > 100;
