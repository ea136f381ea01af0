-- setup
CREATE TABLE events (at int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events SELECT generate_series(1, 100);
-- migration (outside a transaction)
ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;
