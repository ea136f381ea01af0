-- setup
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint PRIMARY KEY);
-- migration
ALTER SCHEMA audit RENAME TO history;
