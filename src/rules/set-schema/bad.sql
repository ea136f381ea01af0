-- setup
CREATE SCHEMA archive;
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders SET SCHEMA archive;
