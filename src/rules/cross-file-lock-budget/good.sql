-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders ADD COLUMN note text, ADD COLUMN closed boolean;
