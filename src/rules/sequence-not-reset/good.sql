-- setup
CREATE TABLE plans (id bigserial PRIMARY KEY, name text);
-- migration
INSERT INTO plans (id, name) VALUES (1, 'free'), (2, 'paid');
SELECT setval(pg_get_serial_sequence('plans', 'id'), (SELECT max(id) FROM plans));
