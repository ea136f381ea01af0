-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE VIEW recent AS SELECT id, amount FROM orders;
-- migration
DROP VIEW recent;
