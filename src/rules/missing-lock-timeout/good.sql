-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration (in a transaction)
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
