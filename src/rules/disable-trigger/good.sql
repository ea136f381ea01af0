-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
-- migration (in a transaction)
SET LOCAL session_replication_role = replica;
UPDATE orders SET customer_id = 7 WHERE id = 1;
SET LOCAL session_replication_role = DEFAULT;
