-- setup
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE orders (id bigint PRIMARY KEY, state mood);
INSERT INTO orders SELECT n, 'low' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TYPE mood ADD VALUE 'middling';
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'middling';
