-- setup
CREATE TABLE orders (id bigint);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
CREATE UNIQUE INDEX orders_pkey ON orders (id);
-- migration
ALTER TABLE orders ADD CONSTRAINT id_not_null CHECK (id IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT id_not_null;
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
ALTER TABLE orders DROP CONSTRAINT id_not_null;
