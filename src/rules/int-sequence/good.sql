-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE SEQUENCE invoice_numbers AS bigint;
