-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text, made date, note text);
-- migration
CREATE INDEX CONCURRENTLY orders_narrow_idx ON orders (customer_id, state, made) INCLUDE (note);
