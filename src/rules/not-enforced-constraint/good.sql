-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, number text, placed date);
INSERT INTO orders SELECT n, n, n, '2020-01-01' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;
