-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE VIEW recent AS SELECT id, amount FROM orders;
CREATE VIEW small AS SELECT id, amount FROM orders;
-- migration (in a transaction)
CREATE OR REPLACE VIEW recent AS SELECT id, amount, amount > 100 AS is_large FROM orders;
DROP VIEW small;
CREATE VIEW small AS SELECT id FROM orders;
