-- setup
CREATE DOMAIN amount AS integer;
CREATE TABLE orders (id bigint PRIMARY KEY, price amount);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER DOMAIN amount ADD CONSTRAINT amount_positive CHECK (VALUE > 0);
