-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE notes (id bigint PRIMARY KEY);
COMMENT ON TABLE notes IS 'What a customer told us about an order, one row a remark.';
