-- setup
CREATE TABLE carts (id bigint PRIMARY KEY);
INSERT INTO carts SELECT generate_series(1, 100);
-- migration
TRUNCATE carts;
