-- setup
CREATE SCHEMA _timescaledb_internal;
CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (id bigint);
-- migration
ALTER TABLE _timescaledb_internal._hyper_1_1_chunk ADD COLUMN note text;
