-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) AS n;
-- migration (outside a transaction)
CREATE TABLE notes (id bigint PRIMARY KEY);
CREATE TABLE IF NOT EXISTS tags (id bigint PRIMARY KEY);
