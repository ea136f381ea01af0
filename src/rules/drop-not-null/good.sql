-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text NOT NULL);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN note SET DEFAULT '';
