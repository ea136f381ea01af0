-- setup
CREATE TABLE plans (id bigint PRIMARY KEY, name text);
-- migration
INSERT INTO plans VALUES (1, 'free');
