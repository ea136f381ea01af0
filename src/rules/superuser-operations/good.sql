-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SET work_mem = '8MB';
