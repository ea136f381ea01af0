-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
