-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint);
CREATE TABLE "tags" (id bigint PRIMARY KEY);
