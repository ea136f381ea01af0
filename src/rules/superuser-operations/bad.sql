-- setup
CREATE ROLE law_other_role;
-- migration
SET ROLE law_other_role;
RESET ROLE;
