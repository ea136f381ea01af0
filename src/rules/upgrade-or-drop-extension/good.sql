-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE EXTENSION IF NOT EXISTS plpgsql;
DROP EXTENSION plpgsql;
