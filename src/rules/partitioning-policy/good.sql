-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
-- migration
CREATE TABLE events (id bigint PRIMARY KEY, made date NOT NULL);
