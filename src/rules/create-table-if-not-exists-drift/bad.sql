-- setup
CREATE TABLE orders (id integer PRIMARY KEY, customer_id bigint);
-- migration
CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, customer_id bigint, note text);
