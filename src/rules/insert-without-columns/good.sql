-- setup
CREATE TABLE plans (id bigint PRIMARY KEY, name text);
-- migration
INSERT INTO plans (id, name) VALUES (1, 'free');
