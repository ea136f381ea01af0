-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, written timestamptz, seen timestamptz, stars smallint, open boolean NOT NULL, read boolean);
