-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric CONSTRAINT orders_total_positive CHECK (total > 0));
-- migration
ALTER TABLE orders DROP CONSTRAINT orders_total_positive;
