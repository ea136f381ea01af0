-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
VACUUM orders;
