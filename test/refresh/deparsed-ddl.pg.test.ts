import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { readDeparsedDdl } from '../../src/refresh/deparsed-ddl.ts';
import { freshDatabase } from '../support/postgres.ts';

/** A word for each place where a value can stand, to be found again under its kind. */
const SCHEMA = (word: (kind: string) => string, version: number): string => `
  CREATE SCHEMA s;
  CREATE TYPE s.mood AS ENUM ('${word('enum label')}');
  CREATE DOMAIN s.d AS text DEFAULT '${word('default')}' CONSTRAINT dc CHECK (VALUE <> '${word('constraint')}');
  CREATE TABLE s.t (id int PRIMARY KEY, x text DEFAULT '${word('default')}', CONSTRAINT c CHECK (x <> '${word('constraint')}'));
  INSERT INTO s.t VALUES (1);
  ALTER TABLE s.t ADD COLUMN y text DEFAULT '${word('missing value')}';
  ALTER TABLE s.t ALTER COLUMN y DROP DEFAULT;
  CREATE VIEW s.v AS SELECT '${word('view')}'::text AS a;
  CREATE MATERIALIZED VIEW s.m AS SELECT '${word('view')}'::text AS a;
  CREATE RULE r AS ON INSERT TO s.t WHERE new.x = '${word('rule')}' DO NOTHING;
  CREATE FUNCTION s.f(a text DEFAULT '${word('function')}') RETURNS text LANGUAGE sql SET my.x TO '${word('function')}' AS $$ SELECT '${word('function')}' $$;
  CREATE FUNCTION s.g() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; /* ${word('function')} */ END$$;
  CREATE AGGREGATE s.a (text) (SFUNC = textcat, STYPE = text, INITCOND = '${word('aggregate')}');
  CREATE TRIGGER g AFTER INSERT ON s.t FOR EACH ROW WHEN (new.x = '${word('trigger')}') EXECUTE FUNCTION s.g('${word('trigger')}');
  CREATE POLICY p ON s.t USING (x = '${word('policy')}') WITH CHECK (x = '${word('policy')}');
  CREATE TABLE s.parted (k text, x text) PARTITION BY LIST ((k || '${word('partition key')}'));
  CREATE TABLE s.part PARTITION OF s.parted FOR VALUES IN ('${word('partition bound')}');
  CREATE INDEX i ON s.t ((x || '${word('index')}')) WHERE x <> '${word('index')}';
  ${version >= 14 ? `CREATE STATISTICS s.st ON (x || '${word('statistics')}'), y FROM s.t;` : ''}
  ${version >= 15 ? `CREATE PUBLICATION pub FOR TABLE s.t WHERE (x = '${word('publication')}') WITH (publish = 'insert');` : ''}
  CREATE SUBSCRIPTION sub CONNECTION 'host=${word('subscription')}' PUBLICATION p WITH (connect = false, slot_name = NONE);
  CREATE FOREIGN DATA WRAPPER w OPTIONS (a '${word('option')}');
  CREATE SERVER far TYPE '${word('option')}' FOREIGN DATA WRAPPER w OPTIONS (b '${word('option')}');
  CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password '${word('user mapping')}');
  CREATE FOREIGN TABLE s.ft (x text OPTIONS (c '${word('option')}')) SERVER far OPTIONS (d '${word('option')}');
  COMMENT ON TABLE s.t IS '${word('comment')}';
  COMMENT ON COLUMN s.t.x IS '${word('comment')}';
  COMMENT ON SCHEMA public IS '${word('comment')}';
  CREATE TEXT SEARCH DICTIONARY s.td (TEMPLATE = simple, accept = 'false');
  CREATE TABLE s."${word('name')}" ("${word('name')}" int);
  CREATE TABLE s.gone ("${word('name')}" int);
  ALTER TABLE s.gone RENAME TO kept;`;

it('finds what stands anywhere in the catalogs', async () => {
  const facts = await freshDatabase();
  const connection = await openConnection(facts, { applicationName: 'test' });
  const words: [kind: string, text: string][] = [];
  const word = (kind: string): string => {
    const text = `needle${words.length}x`;
    words.push([kind, text]);
    return text;
  };
  try {
    await connection.script(SCHEMA(word, connection.serverVersion));
    await connection.script(`ALTER DATABASE ${facts.database} SET my.setting TO '${word('setting')}'`);
    await connection.script(`COMMENT ON DATABASE ${facts.database} IS '${word('comment')}'`);
    const texts = await readDeparsedDdl(connection);
    for (const [kind, text] of words) {
      const found = texts.filter((each) => each.text.includes(text));
      assert.ok(
        found.some((each) => each.kind === kind),
        `${kind} ${text}: ${found.map((each) => each.kind)}`,
      );
    }
    assert.ok(words.length > 30);
    assert.ok(texts.every(({ name, text }) => name !== '' && text !== ''));
    assert.equal(texts.find(({ kind }) => kind === 'policy')?.name, 'p on s.t');
    assert.match(texts.find(({ kind }) => kind === 'dictionary')?.text ?? '', /accept/);
  } finally {
    await connection.script('ALTER SUBSCRIPTION sub DISABLE; DROP SUBSCRIPTION sub').catch(() => undefined);
    await connection.close();
  }
});
