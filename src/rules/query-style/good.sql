-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 100) AS n;
-- migration
CREATE VIEW open_orders AS SELECT id, state FROM orders WHERE state = 'open';
