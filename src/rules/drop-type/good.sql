-- setup
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
DROP TYPE mood;
