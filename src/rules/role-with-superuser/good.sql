-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE ROLE law_weak_role;
-- migration
ALTER ROLE law_weak_role NOSUPERUSER NOBYPASSRLS;
GRANT SELECT ON orders TO law_weak_role;
