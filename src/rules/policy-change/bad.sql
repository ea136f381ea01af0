-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE POLICY orders_all ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- migration
ALTER POLICY orders_all ON orders USING (id > 10);
