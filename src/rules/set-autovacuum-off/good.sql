-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
ALTER TABLE orders SET (autovacuum_vacuum_cost_delay = 10);
CREATE TABLE imported (id bigint) WITH (autovacuum_enabled = off);
INSERT INTO imported VALUES (1);
ALTER TABLE imported RESET (autovacuum_enabled);
