-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, name text CHECK (char_length(name) <= 20), body varchar);
