-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, body text, stars integer);
CREATE TABLE note_orders (note_id integer, order_id integer, PRIMARY KEY (note_id, order_id));
