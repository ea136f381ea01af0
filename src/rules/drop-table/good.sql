-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
CREATE TABLE imported (id bigint PRIMARY KEY);
INSERT INTO imported VALUES (101);
INSERT INTO orders TABLE imported;
DROP TABLE imported;
DROP TABLE IF EXISTS forgotten;
