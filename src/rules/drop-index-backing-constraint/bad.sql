-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, number text CONSTRAINT orders_number_key UNIQUE);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
DROP INDEX orders_number_key;
