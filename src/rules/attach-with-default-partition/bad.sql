-- setup
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2 (id bigint NOT NULL, kind text, CONSTRAINT events_2_bound CHECK (id >= 1000 AND id < 2000));
INSERT INTO events SELECT n, 'sale' FROM generate_series(5000, 5900) AS n;
-- migration
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (1000) TO (2000);
