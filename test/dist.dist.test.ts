import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildInto } from '../scripts/build.ts';

const committed = join(import.meta.dirname, '..', 'dist');
const rebuilt = mkdtempSync(join(tmpdir(), 'pullgres-dist-'));
after(() => rmSync(rebuilt, { recursive: true, force: true }));

test('dist/ is byte for byte what its sources build', async () => {
  await buildInto(rebuilt);
  const names = readdirSync(rebuilt).sort();
  assert.deepEqual(readdirSync(committed).sort(), names);
  assert.ok(names.includes('shared.mjs') && names.includes('libpg-query.wasm'));
  for (const name of names) {
    const same = readFileSync(join(committed, name)).equals(readFileSync(join(rebuilt, name)));
    assert.ok(same, `dist/${name} is stale: run npm run build and commit it with its sources`);
  }
});

test('the bundles hold no path of the machine that built them', () => {
  const text = readFileSync(join(committed, 'shared.mjs'), 'utf8');
  assert.ok(!text.includes(join(import.meta.dirname, '..')));
});
