-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total integer, total_big bigint);
INSERT INTO orders SELECT n, n, n FROM generate_series(1, 1000) AS n;
-- migration (in a transaction)
ALTER TABLE orders RENAME COLUMN total TO total_old;
ALTER TABLE orders RENAME COLUMN total_big TO total;
ALTER TABLE orders ADD COLUMN remark text;
