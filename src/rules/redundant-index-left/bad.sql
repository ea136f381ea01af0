-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);
INSERT INTO orders SELECT n, 'x', n FROM generate_series(1, 100) AS n;
CREATE INDEX orders_note ON orders (note);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_note_total ON orders (note, total);
