-- setup
CREATE TABLE customers (id integer PRIMARY KEY, code varchar(10) UNIQUE);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer REFERENCES customers);
INSERT INTO customers SELECT n, n::text FROM generate_series(1, 1000) AS n;
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE customers ADD COLUMN id_new bigint;
ALTER TABLE orders ADD COLUMN customer_id_new bigint;
ALTER TABLE customers ALTER COLUMN code TYPE varchar(40);
