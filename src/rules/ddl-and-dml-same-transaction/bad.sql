-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 20000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN closed boolean;
UPDATE orders SET closed = true WHERE state = 'done';
