-- setup
CREATE TABLE orders (number text, id bigint NOT NULL);
INSERT INTO orders SELECT n::text, n FROM generate_series(1, 1000) AS n;
-- migration
CREATE UNIQUE INDEX CONCURRENTLY orders_id_key ON orders (id);
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_id_key;
