-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, price integer, tax integer);
INSERT INTO orders SELECT n, n, n FROM generate_series(1, 100) AS n;
ALTER TABLE orders ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT tax_positive CHECK (tax > 0) NOT VALID;
-- migration (in a transaction)
ALTER TABLE orders VALIDATE CONSTRAINT price_positive, VALIDATE CONSTRAINT tax_positive;
