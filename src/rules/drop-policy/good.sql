-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE POLICY orders_all ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- migration (in a transaction)
CREATE POLICY orders_small ON orders USING (id < 10);
DROP POLICY orders_all ON orders;
