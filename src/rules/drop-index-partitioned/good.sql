-- setup
CREATE TABLE events (id bigint, customer_id bigint) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE INDEX events_customer_id_idx ON events (customer_id);
INSERT INTO events SELECT n, n FROM generate_series(1, 900) AS n;
-- migration
SET lock_timeout = '2s';
DROP INDEX events_customer_id_idx;
