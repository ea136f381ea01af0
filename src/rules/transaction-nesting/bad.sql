-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
BEGIN;
ALTER TABLE orders ADD COLUMN note text;
COMMIT;
