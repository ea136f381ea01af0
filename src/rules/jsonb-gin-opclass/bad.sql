-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, data jsonb);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_data_idx ON orders USING gin (data);
