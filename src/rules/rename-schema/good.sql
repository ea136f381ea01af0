-- setup
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint PRIMARY KEY);
-- migration (in a transaction)
ALTER SCHEMA audit RENAME TO history;
CREATE SCHEMA audit;
CREATE VIEW audit.log AS SELECT * FROM history.log;
