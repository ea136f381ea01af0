-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
COMMENT ON TABLE orders IS 'The database shop_of_last_year is dropped by hand.';
