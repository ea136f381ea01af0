-- setup
CREATE TABLE measurements (id bigint);
-- migration
ALTER TABLE measurements ADD COLUMN note text;
