-- setup
CREATE TABLE visits (id bigint) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (1000);
-- migration
ALTER TABLE visits ADD COLUMN note text;
