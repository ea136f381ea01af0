-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(10), amount numeric(8, 2));
INSERT INTO orders SELECT n, n::text, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE varchar(40);
ALTER TABLE orders ALTER COLUMN code TYPE text;
ALTER TABLE orders ALTER COLUMN amount TYPE numeric(12, 2);
