-- setup
CREATE TABLE orders (number text);
INSERT INTO orders SELECT n::text FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD COLUMN id bigserial PRIMARY KEY;
