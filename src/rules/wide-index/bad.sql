-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text, made date, note text);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_wide_idx ON orders (customer_id, state, made, note);
