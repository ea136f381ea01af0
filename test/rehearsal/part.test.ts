import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sqlMigrate } from '../../src/migrations/sql-migrate.ts';
import { partOf } from '../../src/rehearsal/part.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { listed } from '../migrations/tools.ts';

before(loadParser);

const cases: readonly (readonly [up: string, down: string, alone: readonly [boolean, boolean]])[] = [
  ['', '', [false, false]],
  [' notransaction', '', [true, false]],
  ['', ' notransaction', [false, true]],
];
for (const [up, down, alone] of cases) {
  test(`each direction is in its own transaction: Up${up}, Down${down}`, async () => {
    const text = `-- +migrate Up${up}\nselect 1;\n-- +migrate Down${down}\nselect 2;\n`;
    const [migration] = await listed(sqlMigrate, { '1.sql': text });
    assert.ok(migration);
    assert.deepEqual(
      (['up', 'down'] as const).map((direction) => partOf(migration, direction)?.standsAlone),
      alone,
    );
  });
}
