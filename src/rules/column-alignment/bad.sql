-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (open boolean NOT NULL, id bigint PRIMARY KEY, stars smallint, written timestamptz, read boolean, seen timestamptz);
