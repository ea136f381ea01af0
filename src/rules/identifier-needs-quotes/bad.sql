-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, "userId" bigint);
