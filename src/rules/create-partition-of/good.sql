-- setup
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
INSERT INTO events SELECT n, 'sale' FROM generate_series(1, 900) AS n;
-- migration
CREATE TABLE events_2 (LIKE events INCLUDING ALL EXCLUDING IDENTITY);
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (1000) TO (2000);
