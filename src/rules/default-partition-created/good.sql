-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
-- migration
CREATE TABLE events (id bigint, made date NOT NULL) PARTITION BY RANGE (made);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
