-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 100) AS n;
-- migration
ANALYZE orders;
DO $$ BEGIN EXECUTE 'ANALYZE orders'; END $$;
