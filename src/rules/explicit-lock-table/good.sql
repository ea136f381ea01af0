-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration (in a transaction)
LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE;
