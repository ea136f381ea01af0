-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
-- migration
CREATE TABLE events (id bigint, made date NOT NULL, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
