-- setup
SELECT 1;
-- migration
CREATE ROLE law_secret_role LOGIN PASSWORD 'hunter2';
