import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourceOf } from '../../src/operations/refresh-wish.ts';

const NONE = {
  facts: undefined,
  dump: undefined,
  backup: undefined,
  database: undefined,
  workspace: '/work',
};

describe('the source of a refresh', () => {
  it('is a physical backup’s database that is named', () => {
    assert.deepEqual(sourceOf({ ...NONE, backup: 'base', database: 'shop' }), {
      kind: 'backup',
      backup: { kind: 'base backup', path: '/work/base', database: 'shop' },
    });
  });

  it('has no database to choose where it is not a physical backup', () => {
    assert.throws(() => sourceOf({ ...NONE, dump: 'shop.dump', database: 'shop' }), /source-database says/);
  });

  it('is named once', () => {
    assert.throws(() => sourceOf(NONE), /No source is named/);
    assert.throws(() => sourceOf({ ...NONE, dump: 'a', backup: 'b' }), /More than one source/);
  });
});
