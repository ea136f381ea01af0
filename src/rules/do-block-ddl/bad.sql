-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) AS n;
-- migration
DO $$ BEGIN ALTER TABLE orders ADD COLUMN closed boolean; END $$;
