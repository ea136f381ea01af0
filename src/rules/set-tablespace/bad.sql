-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration (outside a transaction)
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE spare LOCATION '';
ALTER TABLE orders SET TABLESPACE spare;
