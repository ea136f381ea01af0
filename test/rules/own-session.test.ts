import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';

before(loadParser);

const SETTINGS = `SET search_path = sqitch; CREATE TEMP TABLE orders (a int); PREPARE q AS SELECT 1;`;
const CHANGE = 'ALTER TABLE orders ADD COLUMN paid_at timestamptz;';

/** The relations that the change's last statement locks when it comes after the settings. */
function locked(ownSession: boolean | undefined): readonly string[] {
  const catalog = schemaOf('CREATE SCHEMA sqitch; CREATE TABLE orders (id int PRIMARY KEY);');
  const sources = [sourceOf(SETTINGS, 'none', '1'), { ...sourceOf(CHANGE, 'none', '2'), ownSession }];
  const { statements } = judge(catalog, sources);
  return (statements.at(-1)?.effects.relations ?? []).map(({ relation }) => relation);
}

test('a source in a session of its own knows nothing of the settings and temporary tables before it', () => {
  assert.deepEqual(locked(true), ['public.orders']);
  assert.notDeepEqual(locked(undefined), ['public.orders']);
});
