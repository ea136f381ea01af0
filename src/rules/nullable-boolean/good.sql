-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, done boolean NOT NULL DEFAULT false, empty boolean GENERATED ALWAYS AS (id < 0) STORED);
