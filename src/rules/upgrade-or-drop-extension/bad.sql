-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
DROP EXTENSION plpgsql;
