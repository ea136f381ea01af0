-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
-- migration
CREATE ROLE law_quiet_role LOGIN;
ALTER ROLE law_quiet_role PASSWORD NULL;
INSERT INTO orders VALUES (1, 'password=unknown');
