-- setup
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
ALTER TABLE orders SET ACCESS METHOD other_heap;
