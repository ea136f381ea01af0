-- setup
-- statistics: public.orders {"writesPerSecond": 4000}
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id);
