-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, price integer);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) AS n;
ALTER TABLE orders ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;
-- migration
ALTER TABLE orders VALIDATE CONSTRAINT price_positive;
