-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id integer PRIMARY KEY, body text);
