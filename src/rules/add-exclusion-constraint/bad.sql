-- setup
CREATE TABLE bookings (id bigint PRIMARY KEY, slot int4range);
INSERT INTO bookings SELECT n, int4range(n, n + 1) FROM generate_series(1, 500) AS n;
-- migration
ALTER TABLE bookings ADD CONSTRAINT bookings_apart EXCLUDE USING gist (slot WITH &&);
