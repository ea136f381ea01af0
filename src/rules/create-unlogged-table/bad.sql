-- setup
CREATE TABLE orders (id bigint);
-- migration
CREATE UNLOGGED TABLE carts (id bigint, content jsonb);
