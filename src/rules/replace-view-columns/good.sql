-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE VIEW recent AS SELECT id, amount FROM orders;
-- migration (in a transaction)
CREATE OR REPLACE VIEW recent AS SELECT id, amount * 2 AS amount, id + 1 AS next FROM orders;
DROP VIEW recent;
CREATE VIEW recent AS SELECT id FROM orders;
