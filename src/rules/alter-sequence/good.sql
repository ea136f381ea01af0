-- setup
CREATE SEQUENCE invoice_numbers;
-- migration
SELECT setval('invoice_numbers', 5000, false);
