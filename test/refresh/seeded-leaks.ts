import { CATALOG_TEXTS } from '../../src/refresh/catalog-texts.ts';
import type { Ways } from '../../src/refresh/scan.ts';
import { LEAKED } from './proof-world.ts';

/** A clear value that is left in a clean copy. */
export type SeededLeak = {
  readonly leak: string;
  /** Puts it there. */
  readonly sql: string;
  /** The place that the proof must name. */
  readonly named: RegExp;
  /** With the check that sees it taken away, and what else could see it, the leak is missed. */
  readonly missedWith: Partial<Ways>;
  readonly needsExtension?: string;
};

const { email, name, phone, tax, token } = LEAKED;

/** All but this kind of text, and no files. */
function without(...kinds: readonly string[]): Partial<Ways> {
  return { files: false, texts: CATALOG_TEXTS.filter(({ kind }) => !kinds.includes(kind)) };
}

const NO_ROWS: Partial<Ways> = { rows: false, files: false };
/** The files alone do not show it. */
const FILES_ONLY: Partial<Ways> = { rows: false };

const asJson = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[^\0-\x7f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const SEEDED_LEAKS: readonly SeededLeak[] = [
  {
    leak: 'heap',
    sql: `UPDATE people SET note = 'ask ${email} first' WHERE id = 9`,
    named: /^column public\.people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'heap, in capitals',
    sql: `UPDATE people SET note = upper('${email}') WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'a column that was not masked',
    sql: `UPDATE people SET email = '${email}' WHERE id = 7`,
    named: /people\.email/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'an emptied table',
    sql: `INSERT INTO visits VALUES (1, 1, 'agent-' || md5('agent7'), '')`,
    named: /visits\.agent/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'TOAST, compressed',
    sql: `UPDATE people SET note = repeat('all work and no play ', 9000) || '${email}' || repeat(' all play', 9000) WHERE id = 9`,
    named: /people\.note/,
    missedWith: FILES_ONLY,
  },
  {
    leak: 'TOAST, as it is',
    sql: `ALTER TABLE people ALTER note SET STORAGE EXTERNAL; UPDATE people SET note = repeat('all work and no play ', 900) || '${email}' WHERE id = 9`,
    named: /^file of a TOAST/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'index',
    sql: `CREATE FUNCTION made(int) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'person' || $1 || '.q' || $1 || 'x' || chr(64) || 'mail.test' $$; CREATE INDEX ON people (made(id)) WHERE id = 7`,
    named: /^file of a index/,
    missedWith: { files: false },
  },
  {
    leak: 'dead tuple',
    sql: `INSERT INTO people (id, note) VALUES (1000, '${email}'); DELETE FROM people WHERE id = 1000`,
    named: /^file of a table/,
    missedWith: { files: false },
  },
  {
    leak: 'dropped comment',
    sql: `COMMENT ON TABLE people IS '${email}'; COMMENT ON TABLE people IS NULL`,
    named: /^file of a (table|index|TOAST) pg_catalog/,
    missedWith: { files: false },
  },
  {
    leak: 'materialized view',
    sql: `CREATE MATERIALIZED VIEW seen AS SELECT 'person' || id || '.q' || id || 'x' || chr(64) || 'mail.test' AS made FROM people`,
    named: /^column public\.seen\.made/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'statistics of a column',
    sql: `CREATE TABLE old (v text); INSERT INTO old SELECT '${email}' FROM generate_series(1, 50); ANALYZE old; TRUNCATE old`,
    named: /^statistics of a column/,
    missedWith: without('statistics of a column'),
  },
  {
    leak: 'extended statistics',
    sql: `CREATE TABLE old (v text, w int); INSERT INTO old SELECT '${email}', 1 FROM generate_series(1, 50); CREATE STATISTICS both_of (mcv) ON v, w FROM old; ANALYZE old; TRUNCATE old; ALTER TABLE old ALTER v SET STATISTICS 0; ALTER TABLE old ALTER w SET STATISTICS 0; DELETE FROM pg_statistic WHERE starelid = 'old'::regclass`,
    named: /^extended statistics/,
    missedWith: without('extended statistics'),
  },
  {
    leak: 'comment',
    sql: `COMMENT ON COLUMN people.note IS 'ask ${email}'`,
    named: /^comment/,
    missedWith: without('comment'),
  },
  {
    leak: 'default',
    sql: `ALTER TABLE people ALTER note SET DEFAULT '${email}'`,
    named: /^default/,
    missedWith: without('default'),
  },
  {
    leak: 'missing value',
    sql: `ALTER TABLE people ADD fresh text DEFAULT '${email}'; ALTER TABLE people ALTER fresh DROP DEFAULT`,
    named: /^missing value/,
    missedWith: { ...without('missing value'), rows: false },
  },
  {
    leak: 'enum label',
    sql: `CREATE TYPE mood AS ENUM ('fine', '${email}')`,
    named: /^enum label/,
    missedWith: without('enum label'),
  },
  {
    leak: 'view literal',
    sql: `CREATE VIEW vip AS SELECT * FROM people WHERE email = '${email}'`,
    named: /^view/,
    missedWith: without('view', 'rule'),
  },
  {
    leak: 'function body',
    sql: `CREATE FUNCTION vip() RETURNS text LANGUAGE sql AS $$ SELECT '${email}'::text $$`,
    named: /^function/,
    missedWith: without('function'),
  },
  {
    leak: 'check',
    sql: `ALTER TABLE people ADD CHECK (note <> '${email}') NOT VALID`,
    named: /^constraint/,
    missedWith: without('constraint'),
  },
  {
    leak: 'index predicate',
    sql: `CREATE INDEX ON people (id) WHERE note = '${email}'`,
    named: /^index/,
    missedWith: without('index'),
  },
  {
    leak: 'trigger argument',
    sql: `CREATE FUNCTION nop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER told BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION nop('${email}')`,
    named: /^trigger/,
    missedWith: without('trigger'),
  },
  {
    leak: 'policy',
    sql: `CREATE POLICY vip ON people USING (email = '${email}')`,
    named: /^policy/,
    missedWith: without('policy'),
  },
  {
    leak: 'domain default',
    sql: `CREATE DOMAIN contact AS text DEFAULT '${email}'`,
    named: /^domain default/,
    missedWith: without('domain default'),
  },
  {
    leak: 'JSON path',
    sql: `CREATE TABLE events (body jsonb); INSERT INTO events SELECT jsonb_build_object('a', jsonb_build_array(1, jsonb_build_object('who', '${name}')))`,
    named: /events\.body/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'JSON inside text, escaped',
    sql: `CREATE TABLE events (body text); INSERT INTO events VALUES ('{"who":${asJson(name)}}')`,
    named: /events\.body/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'array',
    sql: `CREATE TABLE events (body text[]); INSERT INTO events VALUES (ARRAY['x', '${name}'])`,
    named: /events\.body/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'hstore',
    sql: `CREATE EXTENSION hstore; CREATE TABLE events (body hstore); INSERT INTO events VALUES (hstore('who', '${name}'))`,
    named: /events\.body/,
    missedWith: NO_ROWS,
    needsExtension: 'hstore',
  },
  {
    leak: 'composite',
    sql: `CREATE TYPE pair AS (a int, b text); CREATE TABLE events (body pair[]); INSERT INTO events VALUES (ARRAY[ROW(1, '${name}')::pair])`,
    named: /events\.body/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'domain over an array',
    sql: `CREATE DOMAIN many AS text[]; CREATE TABLE events (body many); INSERT INTO events VALUES (ARRAY['${name}'])`,
    named: /events\.body/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'large object',
    sql: `SELECT lo_from_bytea(0, convert_to('ask ${email}', 'UTF8'))`,
    named: /^large object/,
    missedWith: without('large object'),
  },
  {
    leak: 'bytea',
    sql: `UPDATE people SET photo = sha512('photo7'::bytea) WHERE id = 9`,
    named: /people\.photo/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'bytes as hexadecimal text',
    sql: `UPDATE people SET note = encode(sha512('photo7'::bytea), 'hex') WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'text inside bytea',
    sql: `UPDATE people SET photo = convert_to('ask ${email}', 'UTF8') WHERE id = 9`,
    named: /people\.photo/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'partition bound',
    sql: `CREATE TABLE split (who text) PARTITION BY LIST (who); CREATE TABLE split_one PARTITION OF split FOR VALUES IN ('${email}')`,
    named: /^partition bound/,
    missedWith: without('partition bound'),
  },
  {
    leak: 'unlogged table',
    sql: `CREATE UNLOGGED TABLE scratch (v text); INSERT INTO scratch VALUES ('${email}')`,
    named: /scratch\.v/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'option of a foreign server',
    sql: `CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far OPTIONS (host '${email}')`,
    named: /^options of a foreign server/,
    missedWith: without('options of a foreign server, table or column'),
  },
  {
    leak: 'user mapping',
    sql: `CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user '${email}')`,
    named: /^user mapping/,
    missedWith: without('user mapping'),
  },
  {
    leak: 'role setting',
    sql: `DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET app.who = %L', current_database(), '${email}'); END $$`,
    named: /^setting of the database or a role/,
    missedWith: without('setting of the database or a role'),
  },
  {
    leak: 'a name',
    sql: `CREATE TABLE "${email}" (v int)`,
    named: /^name \(its name holds one\)/,
    missedWith: without('name', 'constraint', 'domain default'),
  },
  {
    leak: 'number in text',
    sql: `UPDATE people SET note = 'tax no. ${tax}.' WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'telephone without its plus',
    sql: `UPDATE people SET note = 'call ${phone.slice(1)}' WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'UUID in another column',
    sql: `CREATE TABLE sessions (k uuid); INSERT INTO sessions VALUES ('${token}')`,
    named: /sessions\.k/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'UUID without dashes',
    sql: `UPDATE people SET note = '${token.replaceAll('-', '').toUpperCase()}' WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
  {
    leak: 'address in a URL',
    sql: `UPDATE people SET note = 'https://x.test/?m=${email.replace('@', '%40')}' WHERE id = 9`,
    named: /people\.note/,
    missedWith: NO_ROWS,
  },
];
