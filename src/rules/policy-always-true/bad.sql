-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
INSERT INTO orders SELECT n, 'a' FROM generate_series(1, 100) AS n;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_own ON orders USING (owner = current_user);
-- migration
CREATE POLICY orders_all ON orders USING (true);
