-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 1000) AS n;
-- migration
DELETE FROM orders;
