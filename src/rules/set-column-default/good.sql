-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text DEFAULT 'new');
INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN stage text DEFAULT 'open';
