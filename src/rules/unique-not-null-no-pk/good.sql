-- setup
SELECT 1;
-- migration
CREATE TABLE orders (number bigint PRIMARY KEY);
