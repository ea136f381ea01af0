import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { scrubSections } from '../../src/masking/ddl/scrub.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { type Server, startServer, stopServer } from '../../src/postgres/server.ts';
import { readDeparsedDdl } from '../../src/refresh/deparsed-ddl.ts';
import { openLiveSource } from '../../src/refresh/live-source.ts';
import type { RefreshSource } from '../../src/refresh/source.ts';
import { Secret } from '../../src/secret.ts';
import { startStandby } from '../support/standby.ts';
import { schemaLines } from './schema-of.ts';

/** Debian's packages, servers and clients of one version. */
const DIRECTORY = '/usr/lib/postgresql/15/bin';

const CLEAN = `
  CREATE EXTENSION hstore; CREATE EXTENSION citext;
  CREATE SCHEMA "Od""d s";
  CREATE TYPE "Od""d s".mood AS ENUM ('sad', 'it''s');
  CREATE DOMAIN public.mail AS citext CHECK (VALUE ~ '@');
  CREATE TABLE public.people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail public.mail UNIQUE, n serial,
    mood "Od""d s".mood DEFAULT 'sad', tags hstore, age int CHECK (age > 0), up text GENERATED ALWAYS AS (upper(mail::text)) STORED)
    WITH (fillfactor = 80);
  CREATE TABLE public.events (id int, day date, person bigint REFERENCES public.people, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
  CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE INDEX events_person ON public.events (person) WHERE id > 5;
  ALTER TABLE public.people ADD COLUMN boss bigint CONSTRAINT boss REFERENCES public.people DEFERRABLE INITIALLY DEFERRED;
  CREATE VIEW public.grown AS SELECT id, mail FROM public.people GROUP BY id;
  CREATE MATERIALIZED VIEW public.ages AS SELECT age, count(*) FROM public.people GROUP BY age;
  CREATE UNIQUE INDEX ON public.ages (age);
  CREATE MATERIALIZED VIEW public.a_sum AS SELECT sum(count) FROM public.ages;
  CREATE MATERIALIZED VIEW public.hollow AS SELECT 1 AS x WITH NO DATA;
  CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new.age := coalesce(new.age, 1); RETURN new; END$$;
  CREATE FUNCTION public.twice(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT x * 2; END;
  CREATE TRIGGER touch BEFORE INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
  CREATE STATISTICS public.st ON age, mood FROM public.people;
  ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
  CREATE POLICY mine ON public.people USING (age > 1);
  ALTER TABLE public.people CLUSTER ON people_pkey;
  ALTER TABLE public.people REPLICA IDENTITY FULL;`;

const HOSTILE = `
  CREATE ROLE dump_reader LOGIN;
  GRANT SELECT ON public.people TO dump_reader;
  COMMENT ON TABLE public.people IS 'ask ana@example.com';
  ALTER TABLE public.people ADD COLUMN owner text DEFAULT 'ana@example.com' NOT NULL;
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'prod.internal');
  CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (password 's3cret');
  CREATE SUBSCRIPTION sub CONNECTION 'host=prod.internal password=s3cret' PUBLICATION p WITH (connect = false, slot_name = NONE);
  SELECT lo_from_bytea(0, 'ana@example.com');`;

describe('pg_dump’s sections', () => {
  let server: Server;
  let source: RefreshSource;
  const directory = mkdtempSync(join(tmpdir(), 'pullgres-test-dump-'));

  async function script(facts: ConnectionFacts, sql: string): Promise<void> {
    const connection = await openConnection(facts, { applicationName: 'test' });
    try {
      await connection.script(sql);
    } finally {
      await connection.close();
    }
  }

  async function database(name: string): Promise<ConnectionFacts> {
    const connection = await openConnection(server.facts, { applicationName: 'test' });
    await connection.query(`CREATE DATABASE ${identifier(name)} TEMPLATE template0`);
    await connection.close();
    return { ...server.facts, database: name };
  }

  before(async () => {
    server = await startServer({
      binaries: { directory: DIRECTORY, version: 15, source: 'runner' },
      directory,
    });
  });
  after(async () => {
    await source?.close();
    await stopServer(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  it('are loaded again as the schema that they were, but for what was scrubbed', async () => {
    const facts = await database("it's = a \\name");
    await script(facts, CLEAN);
    const clean = await schemaLines(facts);
    await script(facts, HOSTILE);
    source = await openLiveSource(facts, { onProgress: () => undefined, clientTools: DIRECTORY });
    await script(facts, 'CREATE TABLE public.later (id int)');
    const sections = await source.sections();
    assert.doesNotMatch(sections.preData + sections.postData, /^\\(un)?restrict/m);
    assert.doesNotMatch(sections.preData, /public\.later/);
    const { preData, postData, problems, scrubbed } = await scrubSections(sections, {
      detect: (text) => (/@example\.com/.test(text) ? [{ class: 'email', because: 'an address' }] : []),
      keepComments: false,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      scrubbed
        .filter(({ name }) => !name.includes('EXTENSION'))
        .map(({ action, kind, name }) => `${action} ${kind} ${name}`)
        .sort(),
      [
        'blanked default public.people.owner',
        'blanked foreign server far',
        'kept statistics public.st',
        'removed comment COMMENT ON TABLE public.people',
        'removed subscription sub',
        'removed user mapping on far',
      ],
    );
    const target = await database('target');
    const connection = await openConnection(target, { applicationName: 'test' });
    try {
      await connection.script("SET search_path = ''; SET check_function_bodies = off");
      const order = ['schema', 'index', 'other', 'foreign key', 'code', 'refresh'];
      for (const step of order)
        for (const statement of [...preData, ...postData].filter((each) => each.step === step))
          await connection.script(statement.sql);
      const texts = await readDeparsedDdl(connection);
      const leaks = texts.filter(({ text }) => /ana@|s3cret|prod\.internal/.test(text));
      assert.deepEqual(leaks, []);
    } finally {
      await connection.close();
    }
    await script(target, 'ALTER TABLE public.people DROP COLUMN owner; DROP EXTENSION postgres_fdw CASCADE');
    assert.deepEqual(await schemaLines(target), clean);
  });

  it('are taken with the rights to read alone, from a standby too', async () => {
    const facts = await database('production');
    await script(facts, CLEAN);
    await script(
      facts,
      "CREATE ROLE only_reads LOGIN PASSWORD 'x'; GRANT pg_read_all_data TO only_reads; ALTER ROLE only_reads BYPASSRLS",
    );
    process.env.PULLGRES_TEST_POSTGRES_BIN = DIRECTORY;
    const standby = await startStandby(server.facts);
    try {
      for (const { host, port } of [server.facts, standby.facts]) {
        const reader = { ...facts, host, port, user: 'only_reads', password: new Secret('x') };
        const said: string[] = [];
        const read = await openLiveSource(reader, {
          onProgress: (text) => said.push(text),
          clientTools: DIRECTORY,
        });
        try {
          const { preData, postData } = await read.sections();
          assert.match(preData, /CREATE TABLE public\.people/);
          assert.match(postData, /REFRESH MATERIALIZED VIEW public\.ages/);
          assert.doesNotMatch(said.join(' '), /may also write|superuser/);
        } finally {
          await read.close();
        }
      }
    } finally {
      await standby.stop();
    }
  });

  it('are told about when pg_dump cannot read them', async () => {
    const missing = await openLiveSource(server.facts, {
      onProgress: () => undefined,
      clientTools: '/nowhere',
    });
    try {
      await assert.rejects(missing.sections(), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.hint ?? '', /postgresql-client-15/);
        return true;
      });
    } finally {
      await missing.close();
    }
    await assert.rejects(missing.sections());
  });
});
