-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
BEGIN;
SET LOCAL transaction_timeout = '1min';
ALTER TABLE orders ADD COLUMN note text;
COMMIT;
