-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TYPE mood AS ENUM ('low', 'high');
