import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareStructure } from '../../../src/masking/verification/compare-structure.ts';

const piece = (kind: string, ...path: string[]) => ({ kind, path, text: 'as it was' });
const removed = (kind: string, name: string) => ({ kind, name, action: 'removed' });

it('takes what the scrub left out for a reason of its own kind only', () => {
  const source = [
    piece('publication', 'public'),
    piece('table', 'public', 'users'),
    piece('procedure', 'public', 'users(integer)'),
  ];
  const where = (...scrubbed: ReturnType<typeof removed>[]) =>
    compareStructure(source, [], { scrubbed, sameVersion: true }).map((problem) => problem.where);
  assert.deepEqual(where(removed('publication', 'public'), removed('function', 'public.users')), [
    'table public.users',
  ]);
  assert.deepEqual(where(removed('publication', 'other')).length, 3);
});
