-- setup
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, fax text NOT NULL);
INSERT INTO customers SELECT i, 'c' || i || '@example.test', i FROM generate_series(1, 200) AS i;

-- migration
-- Code that does not know the column can insert rows; a later release drops it.
ALTER TABLE customers ALTER COLUMN fax DROP NOT NULL;
COMMENT ON COLUMN customers.fax IS 'No longer used; to be dropped with the next release.';
