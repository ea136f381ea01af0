-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
INSERT INTO orders SELECT n, 'a' FROM generate_series(1, 100) AS n;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_own ON orders USING (owner = current_user);
CREATE TABLE notes (id bigint PRIMARY KEY);
-- migration (in a transaction)
CREATE POLICY orders_read ON orders FOR SELECT USING (true);
CREATE POLICY orders_monitor ON orders TO pg_monitor USING (true);
CREATE POLICY notes_all ON notes USING (true);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
