-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
INSERT INTO orders SELECT generate_series(1, 100), 1;
-- migration
CREATE TABLE scratch (id bigint PRIMARY KEY);
CREATE VIEW scratch_view AS SELECT id FROM scratch;
DROP TABLE scratch CASCADE;
