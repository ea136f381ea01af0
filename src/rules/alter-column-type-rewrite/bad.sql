-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, quantity integer NOT NULL);
INSERT INTO orders SELECT i, i FROM generate_series(1, 200) AS i;

-- migration
ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;
