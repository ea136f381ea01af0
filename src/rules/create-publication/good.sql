-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE events (id bigint PRIMARY KEY);
CREATE PUBLICATION changes FOR TABLE events;
