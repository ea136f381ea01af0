-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
CREATE UNLOGGED TABLE imported (id bigint);
INSERT INTO imported VALUES (101);
ALTER TABLE imported SET LOGGED;
