-- setup
CREATE TABLE orders (id integer PRIMARY KEY, customer_id bigint);
-- migration
CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY, customer_id bigint);
CREATE TABLE IF NOT EXISTS carts (id bigint PRIMARY KEY, note text);
