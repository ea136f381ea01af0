import { all, at, type LockCase } from '../case.ts';

const given = (sql: string, cases: readonly LockCase[]): readonly LockCase[] =>
  cases.map((one) => ({ given: sql, ...one }));

const USES = `
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE pairs OF pair;
CREATE TABLE pairs_too OF pair (PRIMARY KEY (a));
CREATE TABLE holders (p pair, ps pair[], m mood, many mood[], d plain, s positive);
CREATE TABLE drawers (r int4range);
CREATE TYPE loose AS (a integer);
CREATE TABLE loose_rows OF loose;
CREATE TYPE wide_pair AS (inner_pair pair, c integer);
CREATE TABLE wide_holders (w wide_pair);
CREATE DOMAIN plainer AS plain;
CREATE TABLE plain_parts (id integer, d plain) PARTITION BY RANGE (id);
CREATE TABLE plain_parts_1 PARTITION OF plain_parts FOR VALUES FROM (0) TO (100);
CREATE MATERIALIZED VIEW plain_stored AS SELECT d FROM holders;
CREATE TABLE plainer_rows (d plainer);
CREATE INDEX holders_d ON holders (d);
CREATE TYPE span AS RANGE (SUBTYPE = float8);
CREATE TABLE spans (s span);
CREATE TABLE domains_of_pairs (id integer);
CREATE DOMAIN checked AS integer;
ALTER DOMAIN checked ADD CONSTRAINT high CHECK (VALUE > 0) NOT VALID;
CREATE TABLE checked_rows (c checked);
CREATE VIEW plain_seen AS SELECT d FROM holders;
INSERT INTO loose_rows VALUES (1);
INSERT INTO pairs VALUES (1, 'a');
INSERT INTO holders (d) VALUES (1);`;

const PLAIN = all(
  "ALTER TYPE mood ADD VALUE 'mid'",
  "ALTER TYPE mood RENAME VALUE 'low' TO 'lower'",
  'ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID',
  'ALTER DOMAIN positive SET NOT NULL',
  'ALTER DOMAIN positive DROP CONSTRAINT positive_check',
  "CREATE TYPE fresh AS ENUM ('a')",
);

export const types: readonly LockCase[] = [
  ...PLAIN,
  ...all(
    "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'low'",
    "ALTER TYPE mood ADD VALUE 'mid' BEFORE 'high'",
    'ALTER TYPE mood RENAME TO temper',
    'ALTER TYPE mood SET SCHEMA pg_catalog',
    'ALTER TYPE mood OWNER TO CURRENT_USER',
    'CREATE TYPE fresh AS (a integer, b text)',
    'CREATE TYPE fresh AS RANGE (SUBTYPE = float8)',
    'CREATE TYPE fresh',
    'CREATE DOMAIN fresh AS integer NOT NULL CHECK (VALUE > 0)',
    'ALTER DOMAIN plain RENAME TO fresh',
    'ALTER DOMAIN plain SET DEFAULT 5',
    'ALTER DOMAIN plain DROP DEFAULT',
    'ALTER DOMAIN plain DROP NOT NULL',
    'ALTER DOMAIN plain OWNER TO CURRENT_USER',
    'ALTER DOMAIN plain SET SCHEMA pg_catalog',
    'ALTER DOMAIN positive RENAME CONSTRAINT positive_check TO y',
    'ALTER DOMAIN positive VALIDATE CONSTRAINT positive_check',
    'ALTER DOMAIN positive DROP CONSTRAINT IF EXISTS nope',
    'CREATE CAST (mood AS text) WITH INOUT',
    'CREATE COLLATION fresh FROM "C"',
    'CREATE AGGREGATE fresh (integer) (SFUNC = int4pl, STYPE = integer)',
    'CREATE OPERATOR @+ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl)',
    'CREATE TEXT SEARCH CONFIGURATION fresh (COPY = simple)',
    'CREATE TEXT SEARCH DICTIONARY fresh (TEMPLATE = simple)',
  ),
  ...given(
    USES,
    all(
      'ALTER TYPE pair ADD ATTRIBUTE c integer CASCADE',
      'ALTER TYPE wide_pair ADD ATTRIBUTE d integer',
      'ALTER TYPE pair DROP ATTRIBUTE b CASCADE',
      'ALTER TYPE pair DROP ATTRIBUTE IF EXISTS nope CASCADE',
      'ALTER TYPE pair RENAME ATTRIBUTE b TO bb CASCADE',
      'ALTER TYPE pair ADD ATTRIBUTE c integer CASCADE, DROP ATTRIBUTE b CASCADE',
      'ALTER TYPE loose ALTER ATTRIBUTE a TYPE bigint CASCADE',
      'ALTER TYPE pair RENAME TO duo',
      'ALTER TYPE pair OWNER TO CURRENT_USER',
      'ALTER TYPE pair SET SCHEMA information_schema',
      'ALTER TYPE span RENAME TO stretch',
      'ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0)',
      'ALTER DOMAIN plain ADD CHECK (VALUE > 0) NOT VALID',
      'ALTER DOMAIN plainer ADD CONSTRAINT c CHECK (VALUE > 0)',
      'ALTER DOMAIN plain SET DEFAULT 4',
      'ALTER DOMAIN checked VALIDATE CONSTRAINT high',
      'ALTER DOMAIN plain RENAME TO plainest',
      "COMMENT ON TYPE pair IS 'x'",
      "COMMENT ON COLUMN pair.a IS 'x'",
      "COMMENT ON DOMAIN plain IS 'x'",
      'GRANT USAGE ON TYPE mood TO PUBLIC',
      'GRANT USAGE ON DOMAIN plain TO PUBLIC',
      'ALTER TABLE holders ALTER m TYPE text',
      'DROP TYPE pair CASCADE',
      'DROP TYPE wide_pair CASCADE',
      'DROP DOMAIN plainer CASCADE',
      'DROP TYPE span CASCADE',
      'SELECT * FROM holders',
    ),
  ),
  ...at(17, 'ALTER DOMAIN positive ADD CONSTRAINT n NOT NULL'),
];
