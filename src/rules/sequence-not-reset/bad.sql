-- setup
CREATE TABLE plans (id bigserial PRIMARY KEY, name text);
-- migration
INSERT INTO plans (id, name) VALUES (1, 'free'), (2, 'paid');
