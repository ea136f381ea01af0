-- setup
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
INSERT INTO events SELECT n, 'sale' FROM generate_series(1, 900) AS n;
-- migration
ALTER TABLE events DETACH PARTITION events_1;
