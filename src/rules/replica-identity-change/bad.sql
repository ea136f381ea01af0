-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
-- migration
ALTER TABLE orders REPLICA IDENTITY FULL;
