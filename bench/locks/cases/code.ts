import { all, at, given, type LockCase } from '../case.ts';

/** Functions and procedures that read, change and alter, some through others. */
const ROUTINES = `
CREATE FUNCTION read_regions() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM regions';
CREATE FUNCTION add_bare(n integer) RETURNS void LANGUAGE sql AS 'INSERT INTO bare VALUES (n, n, n)';
CREATE FUNCTION clean_notes() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE n integer;
BEGIN
  SELECT count(*) INTO n FROM regions;
  DELETE FROM notes;
  RETURN n;
END $$;
CREATE FUNCTION twice() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM clean_notes(); RETURN (SELECT 1 FROM adopted LIMIT 1); END $$;
CREATE FUNCTION ping(n integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN IF n > 0 THEN RETURN pong(n - 1); END IF; UPDATE bare SET a = 1; RETURN 0; END $$;
CREATE FUNCTION pong(n integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM fast; RETURN ping(n); END $$;
CREATE FUNCTION alter_bare() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE bare ADD COLUMN z int; END $$;
CREATE FUNCTION constant_text() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'ALTER TABLE bare ADD COLUMN z int';
  EXECUTE format('CREATE INDEX %I ON %I (%I)', 'bare_z', 'bare', 'z');
END $$;
CREATE FUNCTION many() RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE r record; c CURSOR FOR SELECT id FROM fast;
BEGIN
  FOR r IN SELECT id FROM regions LIMIT 1 LOOP UPDATE bare SET a = r.id; END LOOP;
  OPEN c; FETCH c INTO r; CLOSE c;
  RETURN QUERY SELECT id FROM adopted;
END $$;
CREATE FUNCTION defended() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  BEGIN INSERT INTO bare VALUES (1, 1, 1); EXCEPTION WHEN unique_violation THEN NULL; END;
  CASE (SELECT count(*) FROM regions) WHEN 50 THEN NULL; ELSE NULL; END CASE;
  WHILE (SELECT false FROM adopted LIMIT 1) LOOP NULL; END LOOP;
  ASSERT (SELECT true FROM fast LIMIT 1);
END $$;
CREATE PROCEDURE tidy(n integer) LANGUAGE plpgsql AS $$ BEGIN UPDATE bare SET a = n; CALL tidy_more(); END $$;
CREATE PROCEDURE tidy_more() LANGUAGE sql AS 'DELETE FROM notes';
CREATE FUNCTION fresh_id() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('numbers') $$;
CREATE FUNCTION is_region(n integer) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM regions WHERE id = n)';
CREATE FUNCTION calm(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN n + 1; END $$;
CREATE TABLE drawn (id bigint DEFAULT fresh_id(), n integer CHECK (is_region(n)), a integer);
INSERT INTO drawn (n) VALUES (1);
CREATE VIEW through AS SELECT read_regions() AS n;
CREATE VIEW guarded AS SELECT id FROM bare WHERE is_region(id);`;

/** Triggers that write elsewhere. */
const TRIGGERS = `
CREATE TABLE audit (what text, at timestamptz DEFAULT now());
CREATE TABLE kept (id integer PRIMARY KEY, a integer, n integer);
INSERT INTO kept VALUES (1, 1, 1);
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM regions; RETURN NULL; END $$;
CREATE FUNCTION cascade_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE kept SET n = n; RETURN NULL; END $$;
CREATE TRIGGER audit_kept AFTER INSERT OR UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER count_kept BEFORE DELETE ON kept FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER truncate_kept AFTER TRUNCATE ON kept FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TABLE chained (id integer, a integer);
INSERT INTO chained VALUES (1, 1);
CREATE TRIGGER chain AFTER UPDATE OF a ON chained FOR EACH ROW EXECUTE FUNCTION cascade_row();
CREATE TRIGGER off AFTER INSERT ON chained FOR EACH ROW EXECUTE FUNCTION cascade_row();
ALTER TABLE chained DISABLE TRIGGER off;
CREATE TRIGGER audit_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TABLE firms (id integer PRIMARY KEY);
CREATE TABLE teams (firm_id integer REFERENCES firms ON DELETE CASCADE);
CREATE TRIGGER audit_teams AFTER DELETE ON teams FOR EACH ROW EXECUTE FUNCTION audit_row();
INSERT INTO firms VALUES (1);
INSERT INTO teams VALUES (1);`;

const BLOCKS = all(
  'DO $$ BEGIN PERFORM 1 FROM regions; END $$',
  'DO $$ DECLARE n int := (SELECT count(*) FROM regions); BEGIN n := n + (SELECT count(*) FROM bare); END $$',
  "DO $$ BEGIN EXECUTE 'ALTER TABLE bare ADD COLUMN z int'; END $$",
  "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN %I %s DEFAULT %L', 'bare', 'z', 'text', 'x'); END $$",
  "DO $$ BEGIN EXECUTE 'UPDATE bare ' || 'SET a = 1'; END $$",
  "DO $$ BEGIN EXECUTE 'UPDATE bare SET a = $1' USING (SELECT max(id) FROM regions); END $$",
  'DO $$ BEGIN CREATE TABLE fresh (id int); CREATE INDEX ON fresh (id); INSERT INTO fresh SELECT id FROM bare; END $$',
  "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'fresh') THEN CREATE TYPE fresh AS ENUM ('a'); END IF; END $$",
  'DO $$ BEGIN ALTER TABLE bare ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
  'DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM regions LOOP PERFORM 1 FROM bare WHERE id = r.id; END LOOP; END $$',
  "DO $$ BEGIN LOCK TABLE bare IN SHARE MODE; RAISE NOTICE '%', (SELECT max(id) FROM regions); END $$",
  "DO LANGUAGE plpgsql $$ BEGIN PERFORM set_config('a.b', 'c', true), pg_sleep(0); END $$",
);

const PLAIN = all(
  'CREATE TRIGGER t BEFORE INSERT ON bare FOR EACH ROW EXECUTE FUNCTION noop()',
  'CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION noop()',
  'CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION noop()',
  'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON bare DEFERRABLE FOR EACH ROW EXECUTE FUNCTION noop()',
  'ALTER TABLE notes DISABLE TRIGGER touch_notes',
  'ALTER TABLE notes DISABLE TRIGGER ALL',
  'ALTER TABLE notes ENABLE ALWAYS TRIGGER touch_notes',
  'CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'DO $$ BEGIN ALTER TABLE bare ADD COLUMN z int; CREATE INDEX ON bare (z); END $$',
  'DO $$ BEGIN IF true THEN UPDATE bare SET a = 1; END IF; END $$',
);

export const code: readonly LockCase[] = [
  ...PLAIN,
  ...BLOCKS,
  ...given(ROUTINES, [
    ...all(
      'SELECT read_regions()',
      'SELECT public.read_regions() FROM bare',
      'SELECT add_bare(5)',
      'SELECT * FROM bare WHERE a = clean_notes()',
      'SELECT twice()',
      'SELECT ping(2)',
      'SELECT alter_bare()',
      'SELECT constant_text()',
      'SELECT * FROM many()',
      'SELECT defended()',
      'CALL tidy(3)',
      'DO $$ BEGIN CALL tidy(3); END $$',
      'DO $$ BEGIN PERFORM twice(); END $$',
      'SELECT fresh_id()',
      'INSERT INTO drawn (n) VALUES (1)',
      'INSERT INTO drawn VALUES (1, 1, 1)',
      'UPDATE drawn SET n = 2',
      'UPDATE drawn SET a = 2',
      'UPDATE bare SET a = calm(a)',
      'SELECT calm(1)',
      'INSERT INTO fast SELECT read_regions()',
      'CREATE TABLE fresh AS SELECT read_regions()',
      'CREATE TABLE fresh (id bigint DEFAULT fresh_id())',
      'ALTER TABLE bare ALTER a SET DEFAULT fresh_id()',
      'ALTER TABLE bare ADD COLUMN z bigint DEFAULT fresh_id()',
      'ALTER TABLE bare ADD COLUMN z bigint DEFAULT read_regions()',
      'ALTER TABLE bare ADD CHECK (is_region(a))',
      'ALTER TABLE bare ADD CHECK (is_region(a)) NOT VALID',
      'ALTER TABLE bare ALTER a TYPE integer USING ping(a - a)',
      'CREATE INDEX ON bare (calm(a))',
      'SELECT * FROM through',
      'SELECT * FROM guarded',
      'CREATE VIEW fresh AS SELECT read_regions() AS n',
      'EXPLAIN SELECT clean_notes()',
      'EXPLAIN ANALYZE SELECT clean_notes()',
      'CREATE OR REPLACE FUNCTION clean_notes() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
      'DROP FUNCTION read_regions() CASCADE',
      'DROP FUNCTION is_region(integer) CASCADE',
      'DROP FUNCTION fresh_id() CASCADE',
      'ALTER FUNCTION calm(integer) STABLE',
      "COMMENT ON FUNCTION calm(integer) IS 'x'",
    ),
    ...at(14, 'CREATE FUNCTION fresh() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM regions; END'),
  ]),
  ...given(
    `${ROUTINES} CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM regions; SELECT count(*) FROM fast; END;`,
    at(14, 'SELECT atomic()'),
  ),
  ...given(
    TRIGGERS,
    all(
      'INSERT INTO kept VALUES (2, 2, 2)',
      'UPDATE kept SET a = 2',
      'DELETE FROM kept',
      'TRUNCATE kept',
      'UPDATE chained SET a = 2',
      'UPDATE chained SET id = 2',
      'INSERT INTO chained VALUES (2, 2)',
      'INSERT INTO events VALUES (50, 1)',
      'DELETE FROM firms',
      'INSERT INTO kept VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET a = 3',
      'WITH d AS (DELETE FROM kept RETURNING *) INSERT INTO chained SELECT id, a FROM d',
      'DROP FUNCTION audit_row() CASCADE',
      'DROP FUNCTION cascade_row() CASCADE',
      'DROP TABLE kept',
      'ALTER TABLE kept ADD COLUMN z int',
    ),
  ),
];
