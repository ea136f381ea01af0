-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration (in a transaction)
CREATE TABLE notes (id bigint PRIMARY KEY);
ALTER TABLE orders ADD COLUMN note text;
