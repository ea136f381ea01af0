-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE VIEW recent AS SELECT id, amount FROM orders;
-- migration
CREATE OR REPLACE VIEW recent AS SELECT id FROM orders;
