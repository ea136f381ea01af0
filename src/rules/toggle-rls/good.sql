-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE POLICY orders_all ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE TABLE carts (id bigint PRIMARY KEY);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
