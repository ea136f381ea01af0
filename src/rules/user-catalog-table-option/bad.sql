-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders SET (user_catalog_table = true);
