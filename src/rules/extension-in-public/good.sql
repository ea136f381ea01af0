-- setup
CREATE SCHEMA extensions;
-- migration
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS plpgsql;
