-- setup
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, fax text);
INSERT INTO customers SELECT i, 'c' || i || '@example.test', i FROM generate_series(1, 200) AS i;

-- migration
ALTER TABLE customers DROP COLUMN fax;
