-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(10), note varchar(10));
INSERT INTO orders SELECT n, n::text, 'x' FROM generate_series(1, 1000) AS n;
CREATE VIEW codes AS SELECT id FROM orders WHERE code IS NOT NULL;
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE varchar(40);
