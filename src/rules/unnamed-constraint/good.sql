-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > 0) NOT VALID;
