-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 1000) AS n;
-- migration
DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE state = 'open' LIMIT 500);
