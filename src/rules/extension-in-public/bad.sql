-- setup
SELECT 1;
-- migration
CREATE EXTENSION citext;
