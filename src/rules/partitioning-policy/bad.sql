-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
-- migration
CREATE TABLE events (id bigint, made date NOT NULL) PARTITION BY RANGE (made);
