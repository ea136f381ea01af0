-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, body text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ALTER COLUMN body SET STATISTICS 500;
CREATE TABLE letters (body text);
ALTER TABLE letters ALTER COLUMN body SET STORAGE EXTERNAL;
