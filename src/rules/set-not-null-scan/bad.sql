-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO orders SELECT i, i FROM generate_series(1, 200) AS i;

-- migration
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
