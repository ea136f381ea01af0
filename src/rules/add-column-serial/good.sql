-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN number integer;
CREATE SEQUENCE orders_number_seq OWNED BY orders.number;
ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');
