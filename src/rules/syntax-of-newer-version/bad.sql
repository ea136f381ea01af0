-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, price numeric NOT NULL);
INSERT INTO orders SELECT n, n FROM generate_series(1, 100) AS n;
-- migration
ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (price * 1.2) VIRTUAL;
