-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 1000);
-- migration
ALTER TABLE orders CLUSTER ON orders_pkey;
CREATE TABLE carts (id bigint PRIMARY KEY);
INSERT INTO carts SELECT generate_series(1, 10);
CLUSTER carts USING carts_pkey;
