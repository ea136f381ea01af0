-- setup
CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer REFERENCES customers);
INSERT INTO customers SELECT n FROM generate_series(1, 1000) AS n;
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE customers ALTER COLUMN id TYPE bigint;
