-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, owner text);
INSERT INTO orders SELECT n, 'a' FROM generate_series(1, 100) AS n;
CREATE TABLE notes (id bigint PRIMARY KEY);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
-- migration
GRANT SELECT ON orders TO pg_monitor;
GRANT SELECT ON notes TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
REVOKE ALL ON orders FROM PUBLIC;
