-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text, note text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 100) AS n;
-- migration
UPDATE orders SET state = state WHERE id = 1;
