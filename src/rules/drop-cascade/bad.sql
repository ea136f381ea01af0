-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE TABLE items (order_id bigint CONSTRAINT items_order_fk REFERENCES orders);
CREATE VIEW recent AS SELECT id, amount FROM orders;
INSERT INTO orders SELECT generate_series(1, 100), 1;
-- migration
DROP TABLE orders CASCADE;
