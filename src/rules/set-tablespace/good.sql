-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
CREATE TABLE events (id bigint) PARTITION BY RANGE (id);
-- migration
ALTER TABLE orders SET TABLESPACE pg_default;
ALTER TABLE events SET TABLESPACE pg_default;
CREATE TABLE fresh (id bigint) TABLESPACE pg_default;
