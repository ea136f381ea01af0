-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint REFERENCES orders);
-- migration
DROP SCHEMA audit CASCADE;
