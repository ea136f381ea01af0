import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainType, readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { Catalog, Relation } from '../../src/sql/catalog.ts';
import { freshDatabase } from '../support/postgres.ts';

const SCHEMA = `
  CREATE SCHEMA "od d";
  CREATE TYPE public.mood AS ENUM ('sad', 'glad');
  CREATE TYPE "od d"."Mood" AS ENUM ('x');
  CREATE TYPE point3 AS (x integer, y integer, z integer);
  CREATE TYPE span AS RANGE (subtype = integer);
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE DOMAIN tiny_positive AS positive;
  CREATE DOMAIN known AS text NOT NULL;
  CREATE DOMAIN loose AS character varying(20);
  CREATE FUNCTION roll() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 4';
  CREATE FUNCTION shared(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
  CREATE FUNCTION shared(text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
  CREATE PROCEDURE work() LANGUAGE sql AS 'SELECT 1';
  CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name character varying(20) NOT NULL DEFAULT 'n/a',
    mood mood, moods "od d"."Mood"[], at timestamp(3) with time zone DEFAULT now(),
    gone integer, twice integer GENERATED ALWAYS AS (gone * 2) STORED,
    CONSTRAINT named CHECK (length(name) > 0)
  );
  ALTER TABLE customers ADD COLUMN dropped integer;
  ALTER TABLE customers DROP COLUMN dropped;
  ALTER TABLE customers ADD CONSTRAINT later CHECK (gone IS NOT NULL) NOT VALID;
  CREATE TABLE "od d"."Orders" (
    id integer, customer_id bigint REFERENCES customers, "Total" numeric(10,2), room integer, during int4range,
    UNIQUE (id, customer_id), EXCLUDE USING gist (during WITH &&)
  );
  CREATE INDEX mixed ON customers (lower(name), gone DESC) INCLUDE (at) WHERE gone > 0;
  CREATE TABLE events (k integer NOT NULL, v text) PARTITION BY RANGE (k);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
  CREATE INDEX events_k ON events (k);
  CREATE TABLE base (a integer); CREATE TABLE child (b integer) INHERITS (base);
  CREATE VIEW seen AS SELECT id, name FROM customers;
  CREATE MATERIALIZED VIEW kept AS SELECT id FROM customers;
  CREATE SEQUENCE counter;
  CREATE TEMPORARY TABLE passing (a integer);
  INSERT INTO customers (name, gone) SELECT 'c' || g, g FROM generate_series(1, 500) g;
  INSERT INTO events SELECT g % 200, 'v' FROM generate_series(1, 400) g;
  ANALYZE customers, events, events_1, events_2;`;

async function catalogOf(
  sql: string,
  use: (catalog: Catalog, connection: Connection) => Promise<void> | void,
) {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'catalog' });
  try {
    await connection.script(sql);
    await use(await readCatalog(connection), connection);
  } finally {
    await connection.close();
  }
}

function relation(catalog: Catalog, name: string): Relation {
  const found = catalog.relations.get(name);
  assert(found, `${name} is not among ${[...catalog.relations.keys()].join(', ')}`);
  return found;
}

/** Since 18 every NOT NULL is a constraint of its own too (release notes 18, E.1.3.3). */
const withoutNotNull = (one: Relation) => one.constraints.filter(({ kind }) => kind !== 'not null');

test('every kind of relation is read, and none of the system’s or of this session', () =>
  catalogOf(SCHEMA, (catalog) => {
    assert.equal(catalog.complete, true);
    assert.deepEqual(catalog.searchPath, ['public']);
    const kinds = [...catalog.relations.values()].map(({ name, kind }) => `${kind} ${name}`);
    assert.deepEqual(kinds.sort(), [
      'index od d.Orders_during_excl',
      'index od d.Orders_id_customer_id_key',
      'index public.customers_pkey',
      'index public.events_1_k_idx',
      'index public.events_2_k_idx',
      'index public.events_k',
      'index public.mixed',
      'materialized view public.kept',
      'partitioned table public.events',
      'sequence public.counter',
      'sequence public.customers_id_seq',
      'table od d.Orders',
      'table public.base',
      'table public.child',
      'table public.customers',
      'table public.events_1',
      'table public.events_2',
      'view public.seen',
    ]);
    assert([...catalog.relations.values()].every(({ isNew }) => !isNew));
  }));

test('columns have canonical types, defaults and how they are generated', () =>
  catalogOf(SCHEMA, (catalog) => {
    const plain = { notNull: false, default: undefined, generated: undefined };
    assert.deepEqual(relation(catalog, 'public.customers').columns, [
      { ...plain, name: 'id', type: 'bigint', notNull: true, generated: 'identity' },
      {
        ...plain,
        name: 'name',
        type: 'character varying(20)',
        notNull: true,
        default: "'n/a'::character varying",
      },
      { ...plain, name: 'mood', type: 'public.mood' },
      { ...plain, name: 'moods', type: 'od d.Mood[]' },
      { ...plain, name: 'at', type: 'timestamp(3) with time zone', default: 'now()' },
      { ...plain, name: 'gone', type: 'integer' },
      { ...plain, name: 'twice', type: 'integer', generated: 'stored', computedFrom: ['gone'] },
    ]);
    assert.deepEqual(
      relation(catalog, 'public.seen').columns.map(({ name }) => name),
      ['id', 'name'],
    );
  }));

test('constraints have kind, columns, expression, target and whether they are proved', () =>
  catalogOf(SCHEMA, (catalog) => {
    const plain = { validated: true, expression: undefined, references: undefined };
    assert.deepEqual(withoutNotNull(relation(catalog, 'public.customers')), [
      {
        ...plain,
        name: 'customers_pkey',
        kind: 'primary key',
        columns: ['id'],
        index: 'public.customers_pkey',
      },
      {
        ...plain,
        name: 'later',
        kind: 'check',
        validated: false,
        columns: ['gone'],
        expression: '(gone IS NOT NULL)',
      },
      { ...plain, name: 'named', kind: 'check', columns: ['name'], expression: '(length((name)::text) > 0)' },
    ]);
    const orders = withoutNotNull(relation(catalog, 'od d.Orders'));
    assert.deepEqual(
      orders.map(({ kind, columns, references }) => [kind, columns, references]),
      [
        ['foreign key', ['customer_id'], 'public.customers'],
        ['exclusion', ['during'], undefined],
        ['unique', ['id', 'customer_id'], undefined],
      ],
    );
  }));

test('indexes know their table, key columns and uniqueness; partitions and children their parents', () =>
  catalogOf(SCHEMA, (catalog) => {
    const mixed = relation(catalog, 'public.mixed');
    assert.deepEqual(
      [mixed.table, mixed.indexColumns, mixed.unique],
      ['public.customers', ['lower((name)::text)', 'gone'], false],
    );
    const key = relation(catalog, 'od d.Orders_id_customer_id_key');
    assert.deepEqual([key.table, key.indexColumns, key.unique], ['od d.Orders', ['id', 'customer_id'], true]);
    assert.deepEqual(relation(catalog, 'public.events_1').parents, ['public.events']);
    assert.deepEqual(relation(catalog, 'public.events_1_k_idx').parents, ['public.events_k']);
    assert.deepEqual(relation(catalog, 'public.child').parents, ['public.base']);
    assert.deepEqual(relation(catalog, 'public.customers').parents, []);
    assert.equal(relation(catalog, 'public.customers').table, undefined);
  }));

test('rows and bytes are estimates, a partitioned table’s are its leaves’, and unknown is unknown', () =>
  catalogOf(SCHEMA, async (catalog, connection) => {
    const size = async (name: string): Promise<number> =>
      Number((await connection.query('SELECT pg_total_relation_size($1) AS size', [name])).rows[0]?.size);
    assert.equal(relation(catalog, 'public.customers').rows, 500);
    assert.equal(relation(catalog, 'public.customers').bytes, await size('customers'));
    assert.equal(relation(catalog, 'public.events').rows, 400);
    assert.equal(
      relation(catalog, 'public.events').bytes,
      (await size('events_1')) + (await size('events_2')),
    );
    assert.equal(relation(catalog, 'od d.Orders').rows, undefined);
    assert.equal(relation(catalog, 'public.seen').rows, undefined);
    assert.equal(relation(catalog, 'public.seen').bytes, undefined);
  }));

test('types and functions of users are read; of overloads the most volatile counts', () =>
  catalogOf(SCHEMA, (catalog) => {
    assert.deepEqual(Object.fromEntries(catalog.types), {
      'od d.Mood': { kind: 'enum', constrained: false, base: undefined },
      'public.known': { kind: 'domain', constrained: true, base: 'text' },
      'public.loose': { kind: 'domain', constrained: false, base: 'character varying(20)' },
      'public.mood': { kind: 'enum', constrained: false, base: undefined },
      'public.point3': {
        kind: 'composite',
        constrained: false,
        base: undefined,
        attributes: ['x', 'y', 'z'].map((name) => ({
          name,
          type: 'integer',
          notNull: false,
          default: undefined,
          generated: undefined,
        })),
      },
      'public.positive': { kind: 'domain', constrained: true, base: 'integer' },
      'public.span': { kind: 'range', constrained: false, base: undefined },
      'public.tiny_positive': { kind: 'domain', constrained: true, base: 'public.positive' },
    });
    const functions = [...catalog.functions].filter(([name]) => !name.startsWith('public.span'));
    assert.deepEqual(functions, [
      ['public.roll', 'volatile'],
      ['public.shared', 'stable'],
      ['public.work', 'volatile'],
    ]);
  }));

test('what 18 added: NOT NULL constraints with a state of their own, and virtual columns', () =>
  catalogOf(
    `CREATE TABLE t (a integer, b integer);
     DO $$ BEGIN IF current_setting('server_version_num')::integer >= 180000 THEN
       EXECUTE 'ALTER TABLE t ADD CONSTRAINT unproved NOT NULL a NOT VALID, ADD CONSTRAINT proved NOT NULL b,
                ADD COLUMN v integer GENERATED ALWAYS AS (a + 1)';
     ELSE EXECUTE 'ALTER TABLE t ALTER b SET NOT NULL'; END IF; END $$`,
    (catalog, connection) => {
      const table = relation(catalog, 'public.t');
      const [a, b, v] = table.columns;
      assert.deepEqual([a?.notNull, b?.notNull], [false, true]);
      const states = table.constraints.map(({ name, kind, validated }) => [name, kind, validated]);
      const new18 = [
        ['proved', 'not null', true],
        ['unproved', 'not null', false],
      ];
      assert.deepEqual(states, connection.serverVersion >= 18 ? new18 : []);
      assert.equal(v?.generated, connection.serverVersion >= 18 ? 'virtual' : undefined);
    },
  ));

test('names that a database puts in the way do not mislead the reader, and its search_path stays', () =>
  catalogOf(
    `CREATE SCHEMA app; CREATE TABLE app.t (a integer);
     CREATE FUNCTION app.current_schemas(boolean) RETURNS name[] LANGUAGE sql AS $$ SELECT '{forged}'::name[] $$;
     CREATE TEMPORARY TABLE pg_class (relname text);
     SET search_path = app, public, pg_catalog`,
    async (catalog, connection) => {
      assert.deepEqual(catalog.searchPath, ['app', 'public', 'pg_catalog']);
      assert.deepEqual([...catalog.relations.keys()], ['app.t']);
      const { rows } = await connection.query("SELECT pg_catalog.current_setting('search_path') AS path");
      assert.deepEqual(rows, [{ path: 'app, public, pg_catalog' }]);
    },
  ));

test('inside a transaction it sees what the transaction did, and the transaction goes on', () =>
  catalogOf('CREATE TABLE kept (a integer)', async (_, connection) => {
    await connection.script('BEGIN; CREATE TABLE made (a integer); DROP TABLE kept');
    assert.deepEqual([...(await readCatalog(connection)).relations.keys()], ['public.made']);
    await connection.script('ROLLBACK');
    assert.deepEqual([...(await readCatalog(connection)).relations.keys()], ['public.kept']);
  }));

test('the server’s quotes around type names are taken off', () => {
  const cases = {
    integer: 'integer',
    'public."Mood"[]': 'public.Mood[]',
    '"od d"."a""b"': 'od d.a"b',
    '"char"': '"char"',
    '"char"[]': '"char"[]',
    'numeric(10,2)': 'numeric(10,2)',
  };
  for (const [printed, plain] of Object.entries(cases)) assert.equal(plainType(printed), plain);
});
