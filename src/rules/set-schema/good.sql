-- setup
CREATE SCHEMA archive;
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (in a transaction)
ALTER TABLE orders SET SCHEMA archive;
CREATE VIEW public.orders AS SELECT * FROM archive.orders;
