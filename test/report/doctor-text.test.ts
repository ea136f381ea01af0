import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type DoctorCheck,
  doctorJsonSchema,
  doctorOutputSchema,
  doctorReport,
} from '../../src/report/doctor-json-schema.ts';
import { doctorJson, doctorText } from '../../src/report/doctor-text.ts';
import { inertLine } from '../../src/runner/inert.ts';

const HOSTILE = 'evil\n::error::x \x1b[31mred\u202e ##[group]x';

const check = (part: Partial<DoctorCheck>): DoctorCheck => ({
  id: 'a-check',
  group: 'server',
  title: 'All is well',
  status: 'ok',
  detail: 'It has 5.',
  remedy: null,
  ...part,
});

const report = doctorReport({
  server: { postgres: 18, host: 'db.example', port: 5432, database: HOSTILE, user: 'admin' },
  baseline: null,
  checks: [
    check({ id: 'fine' }),
    check({ id: 'costly', status: 'warning', group: 'capacity' }),
    check({ id: 'dark', status: 'unknown' }),
    check({
      id: 'broken',
      status: 'problem',
      group: 'baselines',
      title: 'Nobody can enter a baseline',
      detail: `2 baselines let people in, such as ${HOSTILE}.`,
      remedy: {
        text: 'Close it:',
        sql: [
          { database: null, statement: 'ALTER DATABASE "x" ALLOW_CONNECTIONS false' },
          { database: 'shop', statement: 'REINDEX DATABASE "shop"' },
        ],
      },
    }),
    check({ id: 'strange', status: 'problem' }),
  ],
});
const plainly = { color: false, columns: 90, clean: inertLine };

test('worst first, by group, each with its number and its remedy, and one line that sums it up', () => {
  const text = doctorText(report, plainly);
  const order = [
    'Problems (2)',
    'broken',
    'strange',
    'Warnings (1)',
    'costly',
    'Not proved (1)',
    'dark',
    'In order (1)',
    'fine',
  ];
  const places = order.map((word) => text.indexOf(word));
  assert.ok(!places.includes(-1), text);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.match(text, /^ {2}✗ Nobody can enter a baseline {2}broken\n {4}2 baselines let people in/m);
  assert.match(
    text,
    /^ {4}Remedy: Close it:\n {6}ALTER DATABASE "x" ALLOW_CONNECTIONS false;\n {6}REINDEX DATABASE "shop"; {2}-- in shop$/m,
  );
  assert.match(text, /\n2 problems, 1 warning, 1 not proved, 1 in order\n$/);
});

test('no line is wider than the terminal but a statement’s', () => {
  for (const line of doctorText(report, { ...plainly, columns: 60 }).split('\n'))
    assert.ok(line.length <= 60 || line.startsWith('Postgres'), line);
});

test('colours only where they are asked for', () => {
  assert.ok(!doctorText(report, plainly).includes('\x1b'));
  assert.ok(doctorText(report, { ...plainly, color: true }).includes('\x1b[31m'));
});

test('hostile names command neither a terminal nor a runner', () => {
  const text = doctorText(report, plainly);
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
  assert.doesNotMatch(text, /^\s*::error::|##\[group\]/m);
  const json = doctorJson(report);
  assert.equal(json.trimEnd().split('\n').length, 1);
  assert.doesNotMatch(json, /[^\P{Cc}\n]|\u202e|##\[/u);
  assert.equal(doctorJsonSchema.parse(JSON.parse(json)).server.database, HOSTILE);
});

test('the JSON is as documented, and counts what it lists', () => {
  const read = doctorJsonSchema.parse(JSON.parse(doctorJson(report)));
  assert.deepEqual(read.summary, { problem: 2, warning: 1, unknown: 1, ok: 1 });
  const isValid = new Ajv2020({ strict: false }).compile(doctorOutputSchema());
  assert.ok(isValid(JSON.parse(doctorJson(report))), JSON.stringify(isValid.errors));
  assert.ok(!isValid({ ...read, version: 2 }));
});
