-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (outside a transaction)
DROP DATABASE IF EXISTS shop_of_last_year;
