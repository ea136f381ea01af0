-- setup
CREATE TYPE mood AS ENUM ('low', 'high');
-- migration
ALTER TYPE mood RENAME VALUE 'low' TO 'sad';
