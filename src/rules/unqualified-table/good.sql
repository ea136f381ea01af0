-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE public.notes (id bigint PRIMARY KEY);
CREATE TEMPORARY TABLE scratch (id bigint);
