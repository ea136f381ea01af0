-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
SET application_name = 'migration 20260101_notes';
ALTER TABLE orders ADD COLUMN note text;
