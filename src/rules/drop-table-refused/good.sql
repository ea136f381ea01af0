-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE imported (id bigint PRIMARY KEY);
CREATE VIEW imported_lately AS SELECT id FROM imported;
DROP VIEW imported_lately;
DROP TABLE imported;
