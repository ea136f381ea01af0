import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type MigrationPlan, planMigrations, schemaBaselineId } from '../../src/operations/plan.ts';

const root = mkdtempSync(join(tmpdir(), 'pullgres-plan-'));
after(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
const write = (name: string, text: string) => writeFileSync(join(root, 'migrations', name), text);

async function plan(baseCommit: string | undefined): Promise<MigrationPlan> {
  const found = await planMigrations({ root, baseCommit, tool: 'auto', directory: undefined });
  assert.ok(found);
  return found;
}

test('a change is what the working tree adds, edits and deletes against the base commit', async () => {
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(root, 'migrations'));
  for (const name of ['1_a.sql', '2_b.sql', '3_c.sql']) write(name, `select '${name}';\n`);
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  const base = git('rev-parse', 'HEAD');
  write('2_b.sql', 'select 2;\n');
  rmSync(join(root, 'migrations', '3_c.sql'));
  write('4_d.sql', 'select 4;\n');
  const { record, base: merged, added } = await plan(base);
  assert.deepEqual(record, {
    tool: 'sql',
    directory: 'migrations',
    added: ['migrations/4_d.sql'],
    altered: [
      { file: 'migrations/2_b.sql', change: 'edited' },
      { file: 'migrations/3_c.sql', change: 'deleted' },
    ],
    base: 3,
  });
  assert.equal(merged[1]?.text, "select '2_b.sql';\n", 'the base schema is built from the merged text');
  assert.equal(added[0]?.text, 'select 4;\n');
});

test('without a base commit every migration is new', async () => {
  const { base, added } = await plan(undefined);
  assert.deepEqual([base.length, added.length], [0, 3]);
});

test('a schema baseline is named by its migrations, their text, the tool and the server', async () => {
  const first = await plan(git('rev-parse', 'HEAD'));
  const id = schemaBaselineId(first, 18);
  assert.match(id, /^schema_[0-9a-f]{20}$/);
  assert.equal(schemaBaselineId(await plan(git('rev-parse', 'HEAD')), 18), id);
  git('add', '.');
  git('commit', '--quiet', '-m', 'more');
  const later = schemaBaselineId(await plan(git('rev-parse', 'HEAD')), 18);
  const others = [later, schemaBaselineId(first, 17)];
  assert.equal(new Set([id, ...others]).size, 3);
});
