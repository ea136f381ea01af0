-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE old_orders (id bigint PRIMARY KEY);
CREATE TABLE older_orders (LIKE old_orders);
