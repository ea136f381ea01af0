-- setup
SELECT 1;
-- migration
CREATE TABLE orders_by_number (id bigint PRIMARY KEY);
COMMENT ON TABLE orders_by_number IS 'a_text_that_looks_like_a_name_and_is_longer_than_a_name_can_be_on_any_server';
