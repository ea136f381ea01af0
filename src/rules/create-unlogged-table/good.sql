-- setup
CREATE TABLE orders (id bigint);
-- migration
CREATE TABLE carts (id bigint, content jsonb);
CREATE UNLOGGED TABLE imported (id bigint);
INSERT INTO imported VALUES (1);
ALTER TABLE imported SET LOGGED;
