-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int, i int, j int);
CREATE INDEX ON orders (a);
CREATE INDEX ON orders (b);
CREATE INDEX ON orders (c);
CREATE INDEX ON orders (d);
CREATE INDEX ON orders (e);
CREATE INDEX ON orders (f);
CREATE INDEX ON orders (g);
CREATE INDEX ON orders (h);
CREATE INDEX ON orders (i);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY orders_j_idx ON orders (j);
