-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE carts (id bigint PRIMARY KEY);
ALTER TABLE carts OWNER TO CURRENT_USER;
