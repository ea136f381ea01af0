-- setup
SELECT 1;
-- migration
CREATE TABLE orders_by_the_number_that_they_have_and_that_nobody_has_ever_asked_for (id bigint PRIMARY KEY);
