-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
SET LOCAL lock_timeout = 0;
ALTER TABLE orders ADD COLUMN note text;
