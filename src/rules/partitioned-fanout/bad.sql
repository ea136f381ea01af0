-- setup
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
DO $$ BEGIN
  FOR n IN 1..120 LOOP
    EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%s) TO (%s)', n, n * 10, n * 10 + 10);
  END LOOP;
END $$;
-- migration
ALTER TABLE events ADD COLUMN note text;
