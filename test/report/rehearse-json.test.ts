import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { rehearseJson } from '../../src/report/rehearse-json.ts';
import {
  type RehearseJson,
  rehearseJsonSchema,
  rehearseOutputSchema,
} from '../../src/report/rehearse-json-schema.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

function read(text: string): RehearseJson {
  return rehearseJsonSchema.parse(JSON.parse(text));
}

test('the JSON of a rehearsal has exactly the documented members', () => {
  for (const [name, evidence] of Object.entries(SCENARIOS)) {
    const json = read(rehearseJson(evidence));
    assert.equal(json.verdict.conclusion, evidence.verdict.conclusion, name);
  }
});

test('what was predicted and what was observed stand side by side', () => {
  const { files, rehearsal } = read(rehearseJson(SCENARIOS.fail as never));
  const [statement] = files[0]?.statements ?? [];
  assert.deepEqual(
    [statement?.kind, statement?.locks, statement?.observed?.locks, statement?.agreement?.status],
    [
      'IndexStmt',
      [{ relation: 'public.orders', mode: 'ShareLock', blocks: ['writes', 'ddl'] }],
      [{ relation: 'public.orders', mode: 'ShareLock', heldMs: 4108.2, from: 4.1, to: 4112.3 }],
      'agrees',
    ],
  );
  assert.equal(rehearsal.contention?.tables[0]?.queuedWrites, 12_300);
  assert.equal(files[0]?.migrations[0]?.outcome, 'applied');
  assert.equal(files.flatMap(({ findings }) => findings)[0]?.rule, 'create-index-blocking');
});

test('a lock that the transaction had already is told at each statement that needs it', () => {
  const fail = SCENARIOS.fail as NonNullable<(typeof SCENARIOS)[string]>;
  const [first, second] = fail.rehearsal?.migrations.map(({ statements }) => statements[0]) ?? [];
  const [lint] = fail.lint?.statements ?? [];
  assert.ok(first && second && lint && fail.rehearsal && fail.lint);
  const later = { ...first, place: { ...first.place, startByte: 500 }, from: 4000, locks: [] };
  const run = { version: '1', file: first.place.file, outcome: 'applied' as const, durationMs: 5000 };
  const { files } = read(
    rehearseJson({
      ...fail,
      lint: { ...fail.lint, statements: [lint, { ...lint, place: later.place }] },
      rehearsal: { ...fail.rehearsal, migrations: [{ ...run, statements: [first, later] }] },
    }),
  );
  const locks = files[0]?.statements.map(({ observed }) => observed?.locks);
  const shown = { relation: 'public.orders', mode: 'ShareLock', heldMs: 4108.2, from: 4.1, to: 4112.3 };
  assert.deepEqual(locks?.[0], [shown]);
  const [{ heldMs = 0, ...earlier } = {}] = locks?.[1] ?? [];
  assert.deepEqual(earlier, {
    relation: 'public.orders',
    mode: 'ShareLock',
    from: 4.1,
    to: 4112.3,
    earlier: true,
  });
  assert.ok(Math.abs(heldMs - 112.3) < 0.001);
});

test('a statement that did not run has nothing observed', () => {
  const { files } = read(rehearseJson(SCENARIOS['migration-failed'] as never));
  const observed = files.flatMap(({ statements }) => statements).map((one) => one.observed);
  assert.ok(observed.includes(null));
});

test('the JSON of a rehearsal survives hostile names', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const text = rehearseJson(hostileEvidence(seed, 10));
    assert.doesNotMatch(text, /(?!\n)\p{Cc}|[\u202A-\u202E]/u);
    read(text);
  }
});

test('its schema can say no', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(rehearseOutputSchema());
  const json: object = JSON.parse(rehearseJson(SCENARIOS.fail as never));
  assert.ok(validate(json), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...json, more: 1 }));
});
