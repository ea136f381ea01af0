-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id bigint);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE orders DROP COLUMN tenant_id;
