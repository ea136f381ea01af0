-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE log (id bigint);
-- migration
CREATE FUNCTION log_order() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END';
CREATE TABLE carts (id bigint);
CREATE RULE carts_kept AS ON DELETE TO carts DO INSTEAD NOTHING;
