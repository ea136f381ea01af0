import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RefreshRecord } from '../../../src/evidence/refresh-schema.ts';
import type { Scrubbed, ScrubOptions } from '../../../src/masking/ddl/ddl-statement.ts';
import { scrubSections } from '../../../src/masking/ddl/scrub.ts';
import { tableKey } from '../../../src/masking/source.ts';

/** Two detectors as the real ones give their findings; the known value has no form of its own. */
const OPTIONS: ScrubOptions = {
  detect: (text) => [
    ...(/[\w.+-]+@[\w-]+\.[a-z]{2,}/i.test(text) ? [{ class: 'email', because: 'an address' }] : []),
    ...(/\b\d{3}-\d{2}-\d{4}\b/.test(text) ? [{ class: 'national id', because: 'its digits' }] : []),
  ],
  known: (text) => /marzipan[ _]heidi/i.test(text),
  keepComments: false,
};

async function scrub(
  text: string,
  options: Partial<ScrubOptions> = {},
  section: 'preData' | 'postData' = 'preData',
) {
  const sections = { preData: '', postData: '', [section]: text };
  return scrubSections(sections, { ...OPTIONS, ...options });
}

const SECRETS = /ana@|example\.com|marzipan|123-45-6789|s3cret|prod\.internal|616e61/i;

/** Nothing that is told may repeat a literal. */
function silent({ scrubbed, problems, preData, postData }: Scrubbed): void {
  assert.doesNotMatch(JSON.stringify({ scrubbed, problems }), SECRETS);
  assert.doesNotMatch(JSON.stringify([preData, postData]), SECRETS);
}

const REFUSED: readonly (readonly [what: string, sql: string, name: string])[] = [
  ['a view', "CREATE VIEW a.v AS SELECT 1 WHERE 'x' = 'ana@example.com'", 'view a.v'],
  ['a cast', "CREATE VIEW a.v AS SELECT 'ana@example.com'::text AS e", 'view a.v'],
  ['an E string', "CREATE VIEW a.v AS SELECT E'ana\\x40example.com'", 'view a.v'],
  ['a U& string', "CREATE VIEW a.v AS SELECT U&'ana\\0040example.com'", 'view a.v'],
  ['a concatenation', "CREATE VIEW a.v AS SELECT 'ana' || '@' || 'example.com'", 'view a.v'],
  [
    'a concatenation with casts',
    "CREATE VIEW a.v AS SELECT ('ana@'::text || 'example.com'::text)",
    'view a.v',
  ],
  [
    'a concatenation around a column',
    "CREATE VIEW a.v AS SELECT t.x || 'ana@' || 'example.com' FROM a.t",
    'view a.v',
  ],
  ['format', "CREATE VIEW a.v AS SELECT format('%s@%s', 'ana', 'example.com')", 'view a.v'],
  ['concat', "CREATE VIEW a.v AS SELECT concat('ana', '@example', '.com')", 'view a.v'],
  ['chr', "CREATE VIEW a.v AS SELECT 'ana' || chr(64) || 'example.com'", 'view a.v'],
  ['reverse', "CREATE VIEW a.v AS SELECT reverse('moc.elpmaxe@ana')", 'view a.v'],
  ['an array', "CREATE VIEW a.v AS SELECT '{x,ana@example.com}'::text[]", 'view a.v'],
  ['array pieces', "CREATE VIEW a.v AS SELECT array_to_string(ARRAY['ana@', 'example.com'], '')", 'view a.v'],
  ['hexadecimal bytea', "CREATE VIEW a.v AS SELECT '\\x616e61406578616d706c652e636f6d'::bytea", 'view a.v'],
  [
    'decode hex',
    "CREATE VIEW a.v AS SELECT convert_from(decode('616e61406578616d706c652e636f6d', 'hex'), 'UTF8')",
    'view a.v',
  ],
  ['base64', "CREATE VIEW a.v AS SELECT decode('YW5hQGV4YW1wbGUuY29t', 'base64')", 'view a.v'],
  [
    'byte values',
    "CREATE VIEW a.v AS SELECT '97 110 97 64 101 120 97 109 112 108 101 46 99 111 109'",
    'view a.v',
  ],
  ['octal', "CREATE VIEW a.v AS SELECT '\\141\\156\\141@example.com'::bytea", 'view a.v'],
  ['a URL', "CREATE VIEW a.v AS SELECT 'https://x.test/?u=ana%40example.com'", 'view a.v'],
  ['JSON', `CREATE VIEW a.v AS SELECT '{"m": "ana\\u0040example.com"}'::jsonb`, 'view a.v'],
  ['SQL in SQL', "CREATE VIEW a.v AS SELECT 'SELECT ''ana@example.com'''", 'view a.v'],
  [
    'a quoted name',
    'CREATE VIEW a."ana@example.com" AS SELECT 1',
    'view a."•••@•••••••.•••" (line 1 of the pre-data section)',
  ],
  ['a name that is a value', 'CREATE VIEW a.marzipan_heidi AS SELECT 1', 'view a.••••••••_••••• (line 1'],
  ['a known value', "CREATE VIEW a.v AS SELECT 'Marzipan Heidi'", 'view a.v'],
  [
    'a materialized view',
    "CREATE MATERIALIZED VIEW a.m AS SELECT 'ana@example.com' WITH NO DATA",
    'materialized view a.m',
  ],
  ['an enum label', "CREATE TYPE a.e AS ENUM ('x', 'ana@example.com')", 'enum a.e'],
  ['an enum label that is one word', "CREATE TYPE a.e AS ENUM ('x', 'marzipan_heidi')", 'enum a.e'],
  [
    'a CHECK',
    "CREATE TABLE a.t (x text, CONSTRAINT c CHECK (x <> 'ana@example.com'))",
    'constraint c on a.t',
  ],
  ['a column’s CHECK', "CREATE TABLE a.t (x text CHECK (x <> 'ana@example.com'))", 'column a.t.x'],
  [
    'a generated column',
    "CREATE TABLE a.t (x text, y text GENERATED ALWAYS AS (x || 'ana@example.com') STORED)",
    'column a.t.y',
  ],
  ['a domain', "CREATE DOMAIN a.d AS text CONSTRAINT c CHECK (VALUE <> 'ana@example.com')", 'domain a.d'],
  [
    'an added CHECK',
    "ALTER TABLE a.t ADD CONSTRAINT c CHECK (x <> 'ana@example.com') NOT VALID",
    'constraint c on a.t',
  ],
  [
    'a partition bound',
    "ALTER TABLE ONLY a.t ATTACH PARTITION a.p FOR VALUES IN ('ana@example.com')",
    'partition bound a.p',
  ],
  [
    'a bound in the table',
    "CREATE TABLE a.p PARTITION OF a.t FOR VALUES IN ('ana@example.com')",
    'table a.p',
  ],
  [
    'a function’s default',
    "CREATE FUNCTION a.f(x text DEFAULT 'ana@example.com') RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'function a.f',
  ],
  [
    'a function’s setting',
    "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql SET my.mail TO 'ana@example.com' AS 'SELECT 1'",
    'function a.f',
  ],
  [
    'SQL code',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE sql AS $_$ SELECT 'ana@example.com' $_$",
    'function a.f',
  ],
  [
    'an atomic body',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'ana@example.com'; END",
    'function a.f',
  ],
  [
    'PL/pgSQL',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN 'ana@example.com'; END$$",
    'function a.f',
  ],
  [
    'PL/pgSQL put together',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE plpgsql AS $$DECLARE x text := 'ana' || '@' || 'example.com'; BEGIN RETURN x; END$$",
    'function a.f',
  ],
  [
    'PL/pgSQL in RAISE',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'no %', 1 USING HINT = 'ask ana@example.com'; END$$",
    'function a.f',
  ],
  [
    'PL/pgSQL in dollars in dollars',
    'CREATE FUNCTION a.f() RETURNS void LANGUAGE plpgsql AS $a$BEGIN EXECUTE $b$ SELECT $c$ana@example.com$c$ $b$; END$a$',
    'function a.f',
  ],
  [
    'PL/pgSQL with escapes',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN E'ana\\x40example.com' || U&'\\0041'; END$$",
    'function a.f',
  ],
  [
    'PL/pgSQL that cannot be read',
    "CREATE FUNCTION a.f() RETURNS text LANGUAGE plpgsql AS $$BEGIN THIS IS NONE 'ana@example.com' END$$",
    'function a.f',
  ],
  [
    'a comment in a body',
    'CREATE FUNCTION a.f() RETURNS int LANGUAGE plpgsql AS $$BEGIN -- ask ana@example.com\n RETURN 1; END$$',
    'function a.f',
  ],
  [
    'a block comment in a body',
    'CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS $$SELECT /* ana@example.com */ 1$$',
    'function a.f',
  ],
  [
    'another language',
    'CREATE FUNCTION a.f() RETURNS text LANGUAGE plpython3u AS $$return "ana" + "x" # ana@example.com$$',
    'function a.f',
  ],
  [
    'a trigger’s WHEN',
    "CREATE TRIGGER g AFTER INSERT ON a.t FOR EACH ROW WHEN (new.x = 'ana@example.com') EXECUTE FUNCTION a.f()",
    'trigger g on a.t',
  ],
  [
    'a trigger’s argument',
    "CREATE TRIGGER g AFTER INSERT ON a.t FOR EACH ROW EXECUTE FUNCTION a.f('marzipan_heidi')",
    'trigger g on a.t',
  ],
  ['a rule', "CREATE RULE r AS ON INSERT TO a.t WHERE new.x = 'ana@example.com' DO NOTHING", 'rule r on a.t'],
  ['a policy', "CREATE POLICY p ON a.t USING (x = 'ana@example.com')", 'policy p on a.t'],
  [
    'an index predicate',
    "CREATE INDEX i ON a.t USING btree (x) WHERE (x <> 'ana@example.com')",
    'index i on a.t',
  ],
  ['an index expression', "CREATE INDEX i ON a.t ((x || 'ana@example.com'))", 'index i on a.t'],
  ['extended statistics', "CREATE STATISTICS a.s ON (x || 'ana@example.com') FROM a.t", 'statistics a.s'],
  ['a number in digits', "CREATE VIEW a.v AS SELECT '123-45-6789'", 'view a.v'],
  [
    'an aggregate’s start',
    "CREATE AGGREGATE a.g(text) (SFUNC = a.f, STYPE = text, INITCOND = 'ana@example.com')",
    'definition a.g',
  ],
  [
    'a dictionary',
    "CREATE TEXT SEARCH DICTIONARY a.d (TEMPLATE = simple, stopwords = 'ana@example.com')",
    'definition a.d',
  ],
  ['a comment in the statement', 'CREATE VIEW a.v AS SELECT /* ana@example.com */ 1', 'view a.v'],
  ['a sequence of an unknown kind', "INSERT INTO a.t VALUES ('ana@example.com')", 'line 1'],
  ['a query', "SELECT 'ana@example.com'", 'line 1'],
  ['a DO block', "DO $$BEGIN PERFORM 'ana@example.com'; END$$", 'line 1'],
  ['DROP', 'DROP TABLE a.t', 'line 1'],
];

describe('what would carry a person’s data into a baseline', () => {
  for (const [what, sql, name] of REFUSED) {
    it(`is refused: ${what}`, async () => {
      const result = await scrub(`${sql};\n`);
      assert.deepEqual([...result.preData, ...result.postData], [], 'nothing of it may run');
      assert.equal(result.problems.length, 1);
      const [problem] = result.problems;
      silent(result);
      assert.ok(problem?.where.includes(name), problem?.where);
      assert.deepEqual(
        result.scrubbed.map(({ action }) => action),
        ['refused'],
      );
    });
  }

  it('is refused where the text cannot be read, without repeating it', async () => {
    const result = await scrub("CREATE TABLE a.t (x int);\nCREATE TABEL ana@example.com 'marzipan heidi';\n");
    assert.deepEqual(result.preData, []);
    assert.equal(result.problems[0]?.where, 'line 2 of the pre-data section');
    silent(result);
    assert.equal((await scrub('COPY a.t FROM stdin;\nana@example.com\n\\.\n')).problems.length, 1);
  });
});

const DEFAULTS: readonly (readonly [sql: string, left: string, names: readonly string[]])[] = [
  [
    "CREATE TABLE a.t (\n    id integer NOT NULL,\n    mail text DEFAULT 'ana@example.com'::text NOT NULL,\n    z int DEFAULT 3\n)",
    'CREATE TABLE a.t (\n    id integer NOT NULL,\n    mail text NOT NULL,\n    z int DEFAULT 3\n)',
    ['a.t.mail'],
  ],
  [
    "CREATE TABLE a.t (x text DEFAULT ('ana' || '@example.com'), \"Y y\" text DEFAULT concat('ana@', 'example.com', ',)') COLLATE \"C\")",
    'CREATE TABLE a.t (x text , "Y y" text COLLATE "C")',
    ['a.t."Y y"', 'a.t.x'],
  ],
  [
    "CREATE DOMAIN a.d AS text DEFAULT 'ana@example.com'::text CONSTRAINT c CHECK (VALUE > '')",
    "CREATE DOMAIN a.d AS text CONSTRAINT c CHECK (VALUE > '')",
    ['a.d'],
  ],
  [
    'CREATE TABLE a."Ñ" (ñ text DEFAULT E\'ana\\x40example.com\', b int)',
    'CREATE TABLE a."Ñ" (ñ text , b int)',
    ['a."Ñ"."ñ"'],
  ],
];

describe('a default that is personal', () => {
  for (const [sql, left, names] of DEFAULTS) {
    it(`is left out of ${sql.slice(0, 40)}`, async () => {
      const result = await scrub(`${sql};`);
      assert.deepEqual(result.problems, []);
      assert.deepEqual(
        result.preData.map((statement) => statement.sql),
        [left],
      );
      assert.deepEqual(
        result.scrubbed.map(({ kind, name, action }) => [kind, name, action]),
        names.map((name) => ['default', name, 'blanked']),
      );
      silent(result);
    });
  }

  it('is left out where it is set by itself', async () => {
    const result = await scrub(
      "ALTER TABLE ONLY a.t ALTER COLUMN x SET DEFAULT 'ana@example.com'; ALTER TABLE ONLY a.t ALTER COLUMN y SET DEFAULT nextval('a.s'::regclass);",
    );
    assert.deepEqual(
      result.preData.map(({ sql }) => sql),
      ["ALTER TABLE ONLY a.t ALTER COLUMN y SET DEFAULT nextval('a.s'::regclass)"],
    );
    assert.deepEqual(
      result.scrubbed.map(({ kind, name, action }) => [kind, name, action]),
      [['default', 'a.t.x', 'blanked']],
    );
    silent(result);
  });

  it('does not hide that the table has more', async () => {
    const result = await scrub(
      "CREATE TABLE a.t (x text DEFAULT 'ana@example.com' CHECK (x <> 'ana@example.com'));",
    );
    assert.deepEqual(result.preData, []);
    assert.equal(result.problems.length, 1);
  });
});

const STAYS: readonly string[] = [
  "CREATE TYPE a.mood AS ENUM (\n    'sad',\n    'ok'\n)",
  "CREATE TABLE a.t (\n    x integer NOT NULL\n)\nWITH (fillfactor='70')",
  'CREATE SEQUENCE a.s START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1',
  "CREATE VIEW a.v AS\n SELECT t.x FROM a.t WHERE (t.status = 'open'::text)",
  'ALTER TABLE ONLY a.t CLUSTER ON t_pkey',
  'ALTER TABLE ONLY a.t REPLICA IDENTITY FULL',
  'ALTER TABLE a.t ENABLE ROW LEVEL SECURITY',
  'CREATE FUNCTION a.f(x integer) RETURNS integer\n    LANGUAGE plpgsql\n    AS $$BEGIN RETURN x + 1; END$$',
  "ALTER TABLE ONLY a.t ATTACH PARTITION a.p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
  'CREATE AGGREGATE a.g(integer) (\n    SFUNC = int4pl,\n    STYPE = integer\n)',
];

describe('an innocent statement', () => {
  it('stays as it is', async () => {
    for (const sql of STAYS) {
      const result = await scrub(`${sql};\n\n`);
      assert.deepEqual(result.problems, [], sql);
      assert.deepEqual(result.scrubbed, [], sql);
      assert.deepEqual(
        result.preData.map((statement) => statement.sql),
        [sql],
      );
    }
  });

  it('stays in its place, and pg_dump’s own settings go', async () => {
    const result = await scrub(
      `SET statement_timeout = 0; SET transaction_timeout = 0; SET client_encoding = 'UTF8';
       SELECT pg_catalog.set_config('search_path', '', false);
       SET default_tablespace = ''; SET default_table_access_method = heap;
       CREATE SCHEMA a; CREATE TABLE a.t (x int); SET default_tablespace = fast; CREATE TABLE a.u (x int);`,
    );
    assert.deepEqual(
      result.preData.map(({ sql, step, kind, table }) => [sql, step, kind, table]),
      [
        ['SET default_table_access_method = heap', 'schema', 'setting', undefined],
        ['CREATE SCHEMA IF NOT EXISTS a', 'schema', 'schema', undefined],
        ['CREATE TABLE a.t (x int)', 'schema', 'table', tableKey('a', 't')],
        ['CREATE TABLE a.u (x int)', 'schema', 'table', tableKey('a', 'u')],
      ],
    );
    assert.deepEqual(
      result.scrubbed.map(({ kind, name, action }) => [kind, name, action]),
      [['tablespace', 'fast', 'removed']],
    );
  });

  it('has its turn after the rows', async () => {
    const turns: readonly (readonly [sql: string, step: string])[] = [
      ['CREATE UNIQUE INDEX i ON a.t (x)', 'index'],
      ['ALTER TABLE ONLY a.t ADD CONSTRAINT t_pkey PRIMARY KEY (x)', 'index'],
      ['ALTER TABLE ONLY a.t ADD CONSTRAINT e EXCLUDE USING gist (x WITH &&)', 'index'],
      ['ALTER INDEX a.i ATTACH PARTITION a.j', 'other'],
      ['ALTER TABLE a.t CLUSTER ON i', 'other'],
      ['CREATE STATISTICS a.s ON x, y FROM a.t', 'other'],
      ['CREATE OR REPLACE VIEW a.v AS SELECT 1 AS x', 'other'],
      ['ALTER TABLE a.t ADD CONSTRAINT c CHECK (x > 0) NOT VALID', 'other'],
      ['ALTER TABLE ONLY a.t ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES a.u (x)', 'foreign key'],
      ['CREATE TRIGGER g AFTER INSERT ON a.t FOR EACH ROW EXECUTE FUNCTION a.f()', 'code'],
      ['ALTER TABLE a.t DISABLE TRIGGER g', 'code'],
      ['ALTER TABLE a.t FORCE ROW LEVEL SECURITY', 'code'],
      ['REFRESH MATERIALIZED VIEW a.m', 'refresh'],
    ];
    const result = await scrub(turns.map(([sql]) => `${sql};`).join('\n'), {}, 'postData');
    assert.deepEqual(result.problems, []);
    assert.deepEqual(
      result.postData.map(({ sql, step }) => [sql, step]),
      turns,
    );
  });

  it('says what it needs', async () => {
    const result = await scrub(
      `CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public; CREATE EXTENSION pg_cron;
       CREATE POLICY p ON a.t TO app, PUBLIC USING (true);
       CREATE FUNCTION a.c() RETURNS int LANGUAGE c AS 'lib', 'symbol';`,
    );
    assert.deepEqual(result.problems, []);
    assert.deepEqual(result.extensions, [
      { name: 'hstore', schema: 'public', superuser: false, preload: false },
      { name: 'pg_cron', schema: undefined, superuser: true, preload: true },
    ]);
    assert.deepEqual(
      result.preData.map(({ name, superuser, roles }) => [name, superuser, roles]),
      [
        ['hstore', undefined, undefined],
        ['pg_cron', true, undefined],
        ['p on a.t', undefined, ['app']],
        ['a.c', true, undefined],
      ],
    );
  });
});

describe('an object with a personal name', () => {
  it('is told once, however many statements are about it', async () => {
    const mapping = (token: string) =>
      `ALTER TEXT SEARCH CONFIGURATION a."ana@example.com" ADD MAPPING FOR ${token} WITH simple;`;
    const result = await scrub(
      `CREATE TEXT SEARCH CONFIGURATION a."ana@example.com" (PARSER = pg_catalog."default");\n${mapping('asciiword')}\n${mapping('word')}\n${mapping('host')}`,
    );
    assert.deepEqual(
      result.problems.map(({ where }) => where),
      [
        'definition a."•••@•••••••.•••" (line 1 of the pre-data section)',
        'text search configuration a."•••@•••••••.•••" (line 2 of the pre-data section)',
      ],
    );
    assert.equal(result.scrubbed.length, 2);
    silent(result);
  });
});

describe('extended statistics', () => {
  it('stay as a definition, and that is listed', async () => {
    const result = await scrub('CREATE STATISTICS a.s ON x, y FROM a.t;', {}, 'postData');
    assert.equal(result.postData.length, 1);
    assert.deepEqual(
      result.scrubbed.map(({ kind, name, action }) => [kind, name, action]),
      [['statistics', 'a.s', 'kept']],
    );
  });
});

const SETTINGS: readonly (readonly [what: string, sql: string, left: string])[] = [
  [
    'before the body',
    "CREATE FUNCTION a.f() RETURNS integer\n    LANGUAGE plpgsql\n    SET \"my.var\" TO 'x', 'y'\n    SET search_path TO 'a'\n    SET other.var TO '1'\n    AS $$BEGIN RETURN 1; END$$",
    "CREATE FUNCTION a.f() RETURNS integer\n    LANGUAGE plpgsql\n    SET search_path TO 'a'\n    AS $$BEGIN RETURN 1; END$$",
  ],
  [
    'at the end',
    "CREATE FUNCTION a.f() RETURNS integer LANGUAGE sql AS 'SELECT 1' SET my.var TO 'x'",
    "CREATE FUNCTION a.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
  ],
  [
    'before a body in SQL',
    "CREATE FUNCTION a.f() RETURNS integer\n    LANGUAGE sql\n    SET my.var TO 'x'\n    BEGIN ATOMIC\n SELECT 1;\nEND",
    'CREATE FUNCTION a.f() RETURNS integer\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\nEND',
  ],
];

describe('a setting that only a superuser may give to a function', () => {
  for (const [what, sql, left] of SETTINGS) {
    it(`is left out and listed: ${what}`, async () => {
      const result = await scrub(`${sql};`);
      assert.deepEqual(result.problems, []);
      assert.deepEqual(
        result.preData.map((statement) => statement.sql),
        [left],
      );
      assert.deepEqual(
        result.scrubbed.map(({ kind, name, action }) => [kind, name, action]),
        [['function', 'a.f', 'blanked']],
      );
    });
  }

  it('stands in the way where it cannot be cut out', async () => {
    const result = await scrub("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql SET my.var TO 'x' RETURN 1;");
    assert.deepEqual(result.preData, []);
    assert.equal(result.problems[0]?.where, 'function a.f');
    assert.match(result.problems[0]?.what ?? '', /my\.var/);
  });
});

describe('what leads to production', () => {
  it('is removed and listed', async () => {
    const sql = `
      CREATE SUBSCRIPTION sub CONNECTION 'host=prod.internal password=s3cret' PUBLICATION p WITH (connect = false);
      CREATE PUBLICATION heard FOR TABLE a.t WHERE (x = 'ana@example.com');
      ALTER PUBLICATION heard ADD TABLE ONLY a.u WHERE ((x = 'ana@example.com'::text));
      CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'app', password 's3cret');
      SECURITY LABEL FOR anon ON COLUMN a.t.x IS 'MASKED WITH VALUE ''s3cret''';
      ALTER DATABASE shop SET my.token TO 's3cret';
      ALTER ROLE app SET my.token TO 's3cret';
      ALTER TABLE a.t OWNER TO app;
      ALTER FUNCTION a.f() OWNER TO app;
      GRANT SELECT ON TABLE a.t TO app;
      ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO other;
      SELECT pg_catalog.lo_create('12345');
      COMMENT ON TABLE a.t IS 'ask ana@example.com';
      COMMENT ON COLUMN a.t.x IS 'harmless';`;
    const result = await scrub(sql);
    assert.deepEqual(result.preData, []);
    assert.deepEqual(result.problems, []);
    assert.deepEqual(
      result.scrubbed.map(({ kind, name, action }) => `${action} ${kind} ${name}`),
      [
        'removed subscription sub',
        'removed publication heard',
        'removed user mapping on far',
        'removed security label SECURITY LABEL FOR anon ON COLUMN a.t.x',
        'removed database setting ALTER DATABASE shop SET my.token TO',
        'removed role setting ALTER ROLE app SET my.token TO',
        'removed owner a.t',
        'removed owner ALTER FUNCTION a.f',
        'removed privilege GRANT SELECT ON TABLE a.t TO app',
        'removed default privileges ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO other',
        'removed large object line 13 of the pre-data section',
        'removed comment COMMENT ON TABLE a.t',
        'removed comment COMMENT ON COLUMN a.t.x',
      ],
    );
    silent(result);
  });

  it('is closed, so that it can be altered and reaches nothing', async () => {
    const result = await scrub(`
      CREATE FOREIGN DATA WRAPPER own HANDLER h OPTIONS (token 's3cret');
      CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'prod.internal', dbname 'shop', password 's3cr)et');
      CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE FOREIGN TABLE a.r (x integer, y text DEFAULT 'ana@example.com') SERVER far OPTIONS (schema_name 'public', table_name 'x', password_required 'false');
      CREATE FOREIGN TABLE a.l (x text) SERVER files OPTIONS (program 'curl prod.internal', format 'csv');
      ALTER FOREIGN TABLE ONLY a.r ALTER COLUMN x OPTIONS (column_name 'z');
      ALTER FOREIGN TABLE ONLY a.r ALTER COLUMN y OPTIONS (force_not_null 'true');
      CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION a.f();
      ALTER EVENT TRIGGER e ENABLE ALWAYS;`);
    assert.deepEqual(result.problems, []);
    assert.deepEqual(
      result.preData.map(({ sql }) => sql),
      [
        'CREATE FOREIGN DATA WRAPPER own HANDLER h',
        'CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw',
        'CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
        `CREATE FOREIGN TABLE a.r (x integer, y text ) SERVER far OPTIONS ("schema_name" 'public', "table_name" 'x')`,
        `CREATE FOREIGN TABLE a.l (x text) SERVER files OPTIONS ("filename" '/dev/null', "format" 'csv')`,
        "ALTER FOREIGN TABLE ONLY a.r ALTER COLUMN x OPTIONS (column_name 'z')",
        'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION a.f(); ALTER EVENT TRIGGER e DISABLE',
      ],
    );
    assert.deepEqual(
      result.scrubbed.map(({ kind, name, action }) => `${action} ${kind} ${name}`),
      [
        'blanked foreign-data wrapper own',
        'blanked foreign server far',
        'blanked foreign table a.r',
        'blanked default a.r.y',
        'blanked foreign table a.l',
        'removed foreign table a.r.y',
        'kept event trigger e',
        'removed event trigger e',
      ],
    );
    silent(result);
  });
});

describe('a person’s word', () => {
  const view = "CREATE VIEW a.v AS SELECT 'ana@example.com';";
  it('lets a literal stay, and says so', async () => {
    const allow = new Map([['a.v', 'the address of our own support']]);
    const result = await scrub(view, { allow });
    assert.equal(result.preData.length, 1);
    assert.deepEqual(result.scrubbed, [
      { kind: 'view', name: 'a.v', action: 'kept', why: 'allowed: the address of our own support' },
    ]);
    const all =
      "CREATE TABLE a.t (x text DEFAULT 'ana@example.com', y text, CONSTRAINT c CHECK (y <> 'ana@example.com'));";
    const names = new Map([
      ['a.t.x', 'ours'],
      ['c on a.t', 'ours'],
    ]);
    const both = await scrub(all, { allow: names });
    assert.deepEqual(
      both.preData.map(({ sql }) => `${sql};`),
      [all],
    );
    assert.deepEqual(both.problems, []);
  });

  it('does not let a real value stay', async () => {
    const allow = new Map([['a.v', 'it is fine']]);
    const result = await scrub("CREATE VIEW a.v AS SELECT 'Marzipan Heidi';", { allow });
    assert.deepEqual(result.preData, []);
    assert.equal(result.problems.length, 1);
    assert.doesNotMatch(result.problems[0]?.remedy ?? '', /allow/);
  });

  it('keeps comments in which nothing is found', async () => {
    const result = await scrub(
      "COMMENT ON TABLE a.t IS 'ask ana@example.com'; COMMENT ON TABLE a.u IS 'orders, one a row'; COMMENT ON TABLE a.w IS 'Marzipan Heidi';",
      { keepComments: true },
    );
    assert.deepEqual(
      result.preData.map(({ sql }) => sql),
      ["COMMENT ON TABLE a.u IS 'orders, one a row'"],
    );
    assert.deepEqual(
      result.scrubbed.map(({ name, action }) => [name, action]),
      [
        ['COMMENT ON TABLE a.t', 'blanked'],
        ['COMMENT ON TABLE a.w', 'blanked'],
      ],
    );
    silent(result);
  });
});

it('gives what the evidence takes', async () => {
  const { scrubbed } = await scrub("COMMENT ON TABLE a.t IS 'x';");
  const evidence: RefreshRecord['scrubbed'] = [...scrubbed];
  assert.equal(evidence.length, 1);
});
