import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readServerMessage, type ServerMessage } from '../../src/postgres/messages.ts';

const CASES: readonly (readonly [text: string, expected: ServerMessage | undefined])[] = [
  ['rewriting table "orders"', { kind: 'rewrite', relation: 'orders' }],
  ['rewriting table "a "q"', { kind: 'rewrite', relation: 'a "q' }],
  ['verifying table "od d"', { kind: 'verify', relation: 'od d' }],
  ['validating foreign key constraint "fk"', { kind: 'validate', relation: undefined, constraint: 'fk' }],
  [
    'building index "i" on table "t" with request for 1 parallel workers',
    { kind: 'build', relation: 't', index: 'i', workers: 1 },
  ],
  [
    'building index "i" on table "t" with request for 2 parallel worker',
    { kind: 'build', relation: 't', index: 'i', workers: 2 },
  ],
  [
    'building index "i "x" on table "t" serially',
    { kind: 'build', relation: 't', index: 'i "x', workers: 0 },
  ],
  ['building index "pg_toast_16466_index" on table "pg_toast_16466" serially', undefined],
  [
    'existing constraints on column "t.c" are sufficient to prove that it does not contain nulls',
    { kind: 'proved', relation: 't', column: 'c' },
  ],
  [
    'partition constraint for table "p1" is implied by existing constraints',
    { kind: 'proved', relation: 'p1', column: undefined },
  ],
  [
    'updated partition constraint for default partition "pd" is implied by existing constraints',
    { kind: 'proved', relation: 'pd', column: undefined },
  ],
  ['index "i" can safely use deduplication', undefined],
  ['ALTER TABLE / ADD UNIQUE will create implicit index "u" for table "t"', undefined],
  ['I am rewriting table "x"', undefined],
  ['', undefined],
];

test('what the server says that it does becomes data', () => {
  for (const [text, expected] of CASES) assert.deepEqual(readServerMessage(text), expected, text);
});
