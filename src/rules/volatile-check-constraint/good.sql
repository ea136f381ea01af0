-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, placed date, made timestamptz NOT NULL DEFAULT now());
INSERT INTO orders SELECT n, '2020-01-01' FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_not_ahead CHECK (placed >= timestamptz '2000-01-01') NOT VALID;
