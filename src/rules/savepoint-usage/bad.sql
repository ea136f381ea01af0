-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
SAVEPOINT before_note;
ALTER TABLE orders ADD COLUMN note text;
RELEASE SAVEPOINT before_note;
