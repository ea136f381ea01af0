-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 20000) AS n;
-- migration
UPDATE orders SET state = 'done' WHERE id BETWEEN 1 AND 5000;
UPDATE orders SET state = 'done' WHERE id BETWEEN 5001 AND 10000;
