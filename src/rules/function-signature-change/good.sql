-- setup
CREATE FUNCTION total(price integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT price';
-- migration
DROP FUNCTION total(integer);
CREATE FUNCTION total(price integer, tax integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT price + tax';
