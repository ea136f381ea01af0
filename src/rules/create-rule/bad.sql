-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE log (id bigint);
-- migration
CREATE RULE orders_logged AS ON INSERT TO orders DO ALSO INSERT INTO log VALUES (NEW.id);
