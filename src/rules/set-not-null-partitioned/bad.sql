-- setup
CREATE TABLE events (at integer NOT NULL, kind integer) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (500);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (500) TO (1001);
INSERT INTO events SELECT n, n FROM generate_series(1, 1000) AS n;
-- migration
ALTER TABLE events ALTER COLUMN kind SET NOT NULL;
