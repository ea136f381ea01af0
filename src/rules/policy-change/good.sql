-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE POLICY orders_all ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- migration
CREATE POLICY orders_small ON orders USING (id < 10);
CREATE TABLE carts (id bigint PRIMARY KEY);
CREATE POLICY carts_large ON carts USING (id > 100);
ALTER POLICY carts_large ON carts USING (id > 10);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
