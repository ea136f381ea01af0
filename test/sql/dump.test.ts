import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { readSchemaText } from '../../src/sql/dump.ts';
import { loadParser } from '../../src/sql/parse.ts';

const DUMP = `--
-- PostgreSQL database dump
--

\\restrict kVbQ

-- Dumped from database version 17.2 (Debian 17.2-1.pgdg120+1)
-- Dumped by pg_dump version 18.0

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
\\connect shop
CREATE TABLE public.orders (
    id bigint NOT NULL,
    note text
);
ALTER TABLE public.orders OWNER TO app;
COPY public.orders (id, note) FROM stdin;
1\tit's; a "trap $$
2\t\\connect nowhere
\\.
CREATE VIEW public.recent AS SELECT id FROM public.orders;
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
\\unrestrict kVbQ
`;

function read(text: string) {
  return readSchemaText(Buffer.from(text), 'schema.sql');
}

describe('a schema read from text', () => {
  before(loadParser);

  it('is what pg_dump wrote: settled, whole, with the server it came from', () => {
    const { catalog, problems, serverVersion } = read(DUMP);
    assert.deepEqual(problems, []);
    assert.equal(serverVersion, 17);
    assert.equal(catalog.complete, true);
    const orders = catalog.relations.get('public.orders');
    assert.equal(orders?.isNew, false);
    assert.equal(orders?.rows, undefined, 'its size is not known');
    assert.ok(orders?.constraints.some(({ kind }) => kind === 'primary key'));
    assert.equal(catalog.relations.get('public.recent')?.kind, 'view');
  });

  it('keeps the session as it was: a search_path serves the text alone', () => {
    const { catalog } = read('SET search_path = app; SET timezone = UTC; CREATE TABLE t (a int);');
    assert.ok(catalog.relations.has('app.t'));
    assert.deepEqual(catalog.searchPath, ['public']);
    assert.equal(catalog.timeZone, undefined);
  });

  const partly: readonly [what: string, text: string, line: number, message: RegExp][] = [
    [
      'a statement of a newer grammar',
      'CREATE TABLE a (i int);\nCREATE WIDGET w;\nCREATE TABLE b (i int);',
      2,
      /syntax error/,
    ],
    [
      'an include',
      'CREATE TABLE a (i int);\n\\i other.sql\nCREATE TABLE b (i int);',
      2,
      /^\\i: the file that it runs is not followed/,
    ],
    [
      'a placeholder',
      'CREATE TABLE a (i int);\nCREATE TABLE {{name}} (i int);\nCREATE TABLE b (i int);',
      2,
      /syntax error/,
    ],
  ];
  for (const [what, text, line, message] of partly) {
    it(`names ${what}, reads the rest, and is incomplete`, () => {
      const { catalog, problems } = read(text);
      assert.deepEqual(
        [...catalog.relations.keys()].filter((name) => /\.[ab]$/.test(name)),
        ['public.a', 'public.b'],
      );
      assert.equal(catalog.complete, false);
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.line, line);
      assert.match(problems[0]?.message ?? '', message);
    });
  }

  it('reads a statement that a meta-command sends instead of a semicolon', () => {
    const { catalog } = read('CREATE TABLE a (i int)\n\\gexec\nCREATE TABLE b (i int);');
    assert.ok(catalog.relations.has('public.a') && catalog.relations.has('public.b'));
    assert.equal(catalog.complete, false);
  });

  it('takes COPY data to the end when its mark is missing, and CRLF marks', () => {
    assert.equal(read('CREATE TABLE a (i int);\nCOPY a FROM stdin;\n1\n2\n').problems.length, 0);
    const crlf = read('COPY a FROM stdin;\r\n1\r\n\\.\r\nCREATE TABLE b (i int);\r\n');
    assert.ok(crlf.catalog.relations.has('public.b'));
  });

  it('says what is no text at all', () => {
    assert.throws(() => readSchemaText(Buffer.from('PGDMP\u0001\u000e'), 'x.dump'), /custom format/);
    assert.throws(
      () => readSchemaText(Buffer.from('CREATE TABLE a (i int);', 'utf16le'), 'x.sql'),
      /NUL bytes/,
    );
  });

  it('reads thousands of statements in time that grows with them', () => {
    const text = Array.from({ length: 5000 }, (_, n) => `CREATE TABLE t${n} (id bigint, note text);\n`).join(
      '',
    );
    const started = performance.now();
    assert.equal(read(text).catalog.relations.size, 5000);
    assert.ok(performance.now() - started < 15_000);
  });
});
