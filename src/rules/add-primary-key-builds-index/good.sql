-- setup
CREATE TABLE orders (id bigint NOT NULL);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON orders (id);
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
