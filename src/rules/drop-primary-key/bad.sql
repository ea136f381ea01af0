-- setup
CREATE TABLE orders (id bigint CONSTRAINT orders_pkey PRIMARY KEY, number bigint NOT NULL);
-- migration
ALTER TABLE orders DROP CONSTRAINT orders_pkey;
