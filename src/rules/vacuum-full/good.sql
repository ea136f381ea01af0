-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 1000);
-- migration
VACUUM (ANALYZE) orders;
VACUUM (FULL false) orders;
