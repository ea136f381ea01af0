-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE old_orders () INHERITS (orders);
