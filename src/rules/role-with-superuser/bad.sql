-- setup
SELECT 1;
-- migration
CREATE ROLE law_strong_role BYPASSRLS;
