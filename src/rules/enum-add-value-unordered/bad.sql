-- setup
CREATE TYPE mood AS ENUM ('low', 'high');
-- migration
ALTER TYPE mood ADD VALUE 'middling';
