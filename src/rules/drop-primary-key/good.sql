-- setup
CREATE TABLE orders (id bigint CONSTRAINT orders_pkey PRIMARY KEY, number bigint NOT NULL);
CREATE UNIQUE INDEX orders_number ON orders (number);
-- migration
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_number;
