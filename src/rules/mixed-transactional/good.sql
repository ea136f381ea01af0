-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
-- migration
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
