-- setup
CREATE TABLE events (id bigint, customer_id bigint) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
INSERT INTO events SELECT n, n FROM generate_series(1, 900) AS n;
-- migration
CREATE INDEX CONCURRENTLY events_1_customer_id_idx ON events_1 (customer_id);
CREATE INDEX events_customer_id_idx ON ONLY events (customer_id);
ALTER INDEX events_customer_id_idx ATTACH PARTITION events_1_customer_id_idx;
