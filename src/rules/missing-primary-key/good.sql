-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE TABLE tags (id bigint, name text);
ALTER TABLE tags ADD PRIMARY KEY (id);
CREATE TEMPORARY TABLE scratch (id bigint);
