-- setup
CREATE TABLE carts (id bigint PRIMARY KEY);
INSERT INTO carts SELECT generate_series(1, 100);
-- migration
DELETE FROM carts WHERE id <= 50;
CREATE TABLE imported (id bigint);
TRUNCATE imported;
