-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 20000) AS n;
-- migration
UPDATE orders SET state = 'done' WHERE state = 'open';
