-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, net integer, tax integer);
INSERT INTO orders SELECT n, n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (net + tax) VIRTUAL;
ALTER TABLE orders ADD COLUMN total integer GENERATED ALWAYS AS (net + tax) VIRTUAL,
  ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;
ALTER TABLE orders ADD CONSTRAINT orders_gross_present NOT NULL gross NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_gross_present;
