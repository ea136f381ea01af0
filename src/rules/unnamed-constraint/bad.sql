-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
-- migration
ALTER TABLE orders ADD CHECK (total > 0) NOT VALID;
