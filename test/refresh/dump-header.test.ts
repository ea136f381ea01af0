import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createDatabaseStatement,
  failedObjects,
  momentIn,
  parseDumpList,
  policyRoles,
} from '../../src/refresh/dump-header.ts';

/** As pg_restore 15 prints it. */
const LIST = `;
; Archive created at 2026-11-22 03:01:51 UTC
;     dbname: shop
;     TOC Entries: 15
;     Compression: -1
;     Dump Version: 1.14-0
;     Format: CUSTOM
;     Integer: 4 bytes
;     Offset: 8 bytes
;     Dumped from database version: 15.18 (Debian 15.18-0+deb12u1)
;     Dumped by pg_dump version: 16.4
;
;
; Selected TOC Entries:
;
2; 3079 16396 EXTENSION - pgcrypto${' '}
3389; 0 0 COMMENT - EXTENSION pgcrypto${' '}
216; 1259 16387 TABLE public t postgres
3390; 0 0 SEQUENCE OWNED BY public t_id_seq postgres
3382; 0 16387 TABLE DATA public t postgres
3204; 2606 16396 FK CONSTRAINT public o o_c_fkey postgres
3500; 1417 16400 USER MAPPING - USER MAPPING postgres SERVER away postgres
`;

test('a dump’s list is read', () => {
  const header = parseDumpList(LIST);
  assert.deepEqual(
    { ...header, entries: header.entries.map(({ kind, what }) => `${kind}: ${what}`) },
    {
      createdAt: '2026-11-22 03:01:51',
      database: 'shop',
      serverVersion: 15,
      dumpVersion: 16,
      format: 'CUSTOM',
      compressed: true,
      entries: [
        'EXTENSION: - pgcrypto',
        'COMMENT: - EXTENSION pgcrypto',
        'TABLE: public t',
        'SEQUENCE OWNED BY: public t_id_seq',
        'TABLE DATA: public t',
        'FK CONSTRAINT: public o o_c_fkey',
        'USER MAPPING: - USER MAPPING postgres SERVER away',
      ],
    },
  );
  assert.equal(parseDumpList(LIST.replace('Compression: -1', 'Compression: 0')).compressed, false);
  assert.equal(parseDumpList(LIST.replace('Compression: -1', 'Compression: none')).compressed, false);
});

test('a wall clock’s time is a moment of its zone, on both sides of a change', () => {
  const table: readonly [zone: string, wall: string, moment: string][] = [
    ['UTC', '2026-11-22 03:01:51', '2026-11-22T03:01:51.000Z'],
    ['Europe/Berlin', '2026-11-22 03:01:51', '2026-11-22T02:01:51.000Z'],
    ['Europe/Berlin', '2026-07-01 00:30:00', '2026-06-30T22:30:00.000Z'],
    ['America/New_York', '2026-11-22 23:00:00', '2026-11-23T04:00:00.000Z'],
    ['Asia/Kolkata', '2026-11-22 05:30:00', '2026-11-22T00:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29 03:00:00', '2026-03-29T01:00:00.000Z'],
  ];
  for (const [zone, wall, moment] of table) assert.equal(momentIn(zone, wall).toISOString(), moment);
  assert.throws(() => momentIn('Mars/Olympus', '2026-11-22 03:01:51'), RangeError);
});

test('roles of policies are found as SQL writes them', () => {
  const sql = `
CREATE POLICY p ON public.t FOR SELECT TO app USING (true);
CREATE POLICY "q ""x""" ON public."T y" AS RESTRICTIVE FOR ALL TO "the ""app""", app, reader WITH CHECK (('TO nobody USING'::text = a));
CREATE POLICY everybody ON public.t USING (true);
CREATE POLICY us ON public.t TO CURRENT_USER USING (true);
  'CREATE POLICY a ON b.c TO literal USING'`;
  assert.deepEqual(policyRoles(sql), ['app', '"the ""app"""', 'reader']);
});

test('the database’s statement loses its place on disk', () => {
  const statement = (more = '') =>
    `CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C.UTF-8'${more};`;
  assert.equal(createDatabaseStatement(`\n\n${statement(' TABLESPACE = "fa""r"')}\n\n`), statement());
  assert.equal(createDatabaseStatement('SET x = 1;'), undefined);
});

test('errors are told by what they are about, never by what rows hold', () => {
  const serial = `pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 3204; 2606 16396 FK CONSTRAINT o o_c_fkey postgres
pg_restore: error: could not execute query: ERROR:  insert or update on table "o" violates foreign key constraint "o_c_fkey"
DETAIL:  Key (email)=(ann@example.com) is not present in table "c".
Command was: ALTER TABLE ONLY public.o
    ADD CONSTRAINT o_c_fkey FOREIGN KEY (c) REFERENCES public.c(id);
`;
  assert.deepEqual(failedObjects(serial), ['FK CONSTRAINT o o_c_fkey', 'CONSTRAINT o_c_fkey of public.o']);
  const parallel = `pg_restore: error: could not execute query: ERROR:  column "x" is of type ann@example.com
Command was: CREATE UNIQUE INDEX "i ann" ON public.o USING btree (c);
pg_restore: error: COPY failed for table "o": ERROR:  invalid input syntax for type integer: "ann@example.com"
CONTEXT:  COPY o, line 1, column c: "ann@example.com"
Command was: CREATE VIEW public.v AS
 SELECT 'ann@example.com'::text;
`;
  assert.deepEqual(failedObjects(parallel), [
    'CREATE UNIQUE INDEX "i ann"',
    'TABLE DATA o',
    'CREATE VIEW public.v',
  ]);
});
