-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE order_notes (order_id bigint, note text);
-- next file
CREATE INDEX CONCURRENTLY order_notes_order_id_idx ON order_notes (order_id);
