-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(10));
INSERT INTO orders SELECT n, n::text FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN code TYPE varchar(40);
