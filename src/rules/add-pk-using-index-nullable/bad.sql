-- setup
CREATE TABLE orders (id bigint);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
CREATE UNIQUE INDEX orders_pkey ON orders (id);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
