-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new';
ALTER TABLE orders ADD COLUMN note text;
