-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
DROP TABLE IF EXISTS orders;
CREATE TABLE orders (id bigint, note text);
