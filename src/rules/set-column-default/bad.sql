-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text DEFAULT 'new');
INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'open';
