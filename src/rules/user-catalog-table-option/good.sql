-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders SET (fillfactor = 90);
CREATE TABLE mappings (id bigint) WITH (user_catalog_table = true);
