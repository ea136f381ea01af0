-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, data jsonb);
-- migration
CREATE INDEX CONCURRENTLY orders_data_idx ON orders USING gin (data jsonb_path_ops);
