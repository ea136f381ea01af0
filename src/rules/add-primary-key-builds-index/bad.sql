-- setup
CREATE TABLE orders (id bigint NOT NULL);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
