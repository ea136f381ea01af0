-- setup
CREATE SCHEMA emptied;
-- migration
DROP SCHEMA emptied;
CREATE SCHEMA scratch;
CREATE TABLE scratch.rows (id bigint);
DROP SCHEMA scratch CASCADE;
