-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, details jsonb);
INSERT INTO orders SELECT n, '{}' FROM generate_series(1, 1000) AS n;
-- migration
UPDATE orders SET details = details || '{"seen": true}' WHERE details = '{}';
