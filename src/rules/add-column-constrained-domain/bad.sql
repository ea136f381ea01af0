-- setup
CREATE DOMAIN amount AS integer CHECK (VALUE >= 0);
CREATE DOMAIN price AS amount;
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN discount price;
