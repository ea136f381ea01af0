import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { maskCheck } from '../../src/operations/mask-check.ts';
import { maskInit } from '../../src/operations/mask-init.ts';
import { maskPreview } from '../../src/operations/mask-preview.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { freshDatabase } from '../support/postgres.ts';
import { quietWorld } from '../support/quiet-world.ts';

const folder = join(import.meta.dirname, '../fixtures/torture');

it('writes a profile of the torture schema that the check takes, and previews it', async () => {
  const facts = await freshDatabase();
  const connection = await openConnection(facts, { applicationName: 'torture' });
  for (const name of ['pre.sql', 'rows.sql', 'post.sql'])
    await connection.script(await readFile(join(folder, name), 'utf8'));
  await connection.close();
  const workspace = await mkdtemp(join(tmpdir(), 'pullgres-torture-'));
  try {
    const sourceUrl = connectionUrl(facts).reveal();
    const world = { ...quietWorld(), workspace };
    const text = await maskInit(world, { sourceUrl, from: undefined });
    await writeFile(join(workspace, 'masking.yml'), text);
    const wish = { sourceUrl, profile: 'masking.yml', base: undefined };
    const check = await maskCheck(world, wish);
    assert.deepEqual(check.problems, []);
    const preview = await maskPreview(world, { sourceUrl, profile: 'masking.yml', tables: ['*.*'] });
    assert.doesNotMatch(preview, /refused it/);
    assert.match(preview, /→/);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});
