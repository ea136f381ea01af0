-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
UPDATE orders SET note = 'none' WHERE note IS NULL;
