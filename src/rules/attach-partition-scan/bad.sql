-- setup
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE TABLE events_2 (id bigint, kind text);
INSERT INTO events_2 SELECT n, 'sale' FROM generate_series(1000, 1900) AS n;
-- migration
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (1000) TO (2000);
