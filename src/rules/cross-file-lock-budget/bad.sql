-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders ADD COLUMN note text;
-- next file
ALTER TABLE orders ADD COLUMN closed boolean;
