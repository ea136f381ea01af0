-- setup
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE products (id bigint PRIMARY KEY);
INSERT INTO customers SELECT n FROM generate_series(0, 9) AS n;
INSERT INTO products SELECT n FROM generate_series(0, 9) AS n;
-- migration
CREATE TABLE favourites (
  customer_id bigint REFERENCES customers (id),
  product_id bigint REFERENCES products (id)
);
