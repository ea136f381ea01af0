-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) AS n;
-- migration
ALTER TABLE orders ADD COLUMN closed boolean;
DO $$ BEGIN UPDATE orders SET note = 'y' WHERE id = 1; END $$;
