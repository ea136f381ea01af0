-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;
