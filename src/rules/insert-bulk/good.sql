-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
INSERT INTO orders SELECT n, 'open' FROM generate_series(1, 20000) AS n;
-- migration
CREATE TABLE archive (id bigint PRIMARY KEY, state text);
INSERT INTO archive (id, state) SELECT id, state FROM orders WHERE id BETWEEN 1 AND 5000;
