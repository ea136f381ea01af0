import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareMigrations } from '../../src/migrations/compare.ts';
import { duplicates } from '../../src/migrations/duplicates.ts';
import type { MigrationTool } from '../../src/migrations/migration.ts';
import { tools } from '../../src/migrations/registry.ts';
import { historyFindings } from '../../src/operations/history-findings.ts';
import { historyOf, type MigrationPlan } from '../../src/operations/plan.ts';
import { policyFromText } from '../../src/operations/policy.ts';
import { memoryTree } from '../support/memory-tree.ts';

const LOADED = policyFromText('', { commit: undefined, editedHere: false });

async function planOf(
  tool: MigrationTool,
  base: Readonly<Record<string, string>>,
  head: Readonly<Record<string, string>>,
): Promise<MigrationPlan> {
  const [before, now] = await Promise.all([base, head].map((files) => tool.list(memoryTree(files), 'm')));
  const { added, outOfOrder } = compareMigrations(before ?? [], now ?? []);
  const record = { tool: tool.name, directory: 'm', added: [], altered: [], base: 0 };
  return {
    tool,
    directory: 'm',
    base: before ?? [],
    added,
    outOfOrder,
    duplicates: duplicates(now ?? [], tool),
    record,
  };
}

const GOOSE = '-- +goose Up\nselect 1;\n';
const cases: readonly (readonly [MigrationTool, first: string, second: string, text: string])[] = [
  [tools.sql, 'm/7_a.sql', 'm/07_b.sql', ''],
  [tools.dbmate, 'm/7_a.sql', 'm/7_b.sql', '-- migrate:up\n-- migrate:down\n'],
  [tools.goose, 'm/7_a.sql', 'm/007_b.sql', GOOSE],
  [tools.flyway, 'm/V7__a.sql', 'm/V7.0__b.sql', ''],
  [tools['golang-migrate'], 'm/7_a.up.sql', 'm/7_b.up.sql', ''],
  [tools.sqlx, 'm/7_a.sql', 'm/7_b.sql', ''],
  [tools.diesel, 'm/2024-01-01-000000_a/up.sql', 'm/20240101000000_b/up.sql', ''],
  [tools.supabase, 'm/7_a.sql', 'm/7_b.sql', ''],
];
for (const [tool, first, second, text] of cases) {
  test(`${tool.name}: a version that is taken is one finding, and no rehearsal`, async () => {
    const plan = await planOf(tool, { [first]: text }, { [first]: text, [second]: text });
    const found = historyFindings(plan, LOADED);
    assert.deepEqual(
      found.map(({ rule, severity }) => [rule, severity]),
      [['duplicate-version', 'error']],
    );
    for (const path of [first, second]) assert.ok(found[0]?.message.includes(`\`${path}\``));
    assert.throws(() => historyOf(plan), { name: 'UserError', message: /^Two migrations have the version/ });
  });
}

test('what is merged already is not told again, and the policy may switch it off', async () => {
  const twice = { 'm/7_a.sql': '', 'm/7_b.sql': '' };
  assert.deepEqual(historyFindings(await planOf(tools.sql, twice, { ...twice, 'm/8.sql': '' }), LOADED), []);
  const off = policyFromText('rules: { duplicate-version: "off" }', { commit: undefined, editedHere: false });
  assert.deepEqual(historyFindings(await planOf(tools.sql, {}, twice), off), []);
});

test('a tool without a history is linted and not rehearsed', async () => {
  const plan = await planOf(tools.hasura, {}, { 'm/1_a/up.sql': '' });
  const refused = { name: 'UserError', hint: /required: \[lint\]/ };
  const message = 'Pullgres lints hasura migrations and cannot rehearse them yet.';
  assert.throws(() => historyOf(plan), { ...refused, message });
  const obstacle = await tools.hasura.obstacle?.(memoryTree({}), 'm');
  assert.throws(() => historyOf({ ...plan, obstacle }), {
    ...refused,
    message: /metadata of its own server/,
  });
  assert.equal(historyOf(await planOf(tools.sql, {}, { 'm/1.sql': '' })), tools.sql.history);
});

test('an edited migration is brought back from the commit that is the base', async () => {
  const plan = await planOf(tools.sql, { 'm/1.sql': '' }, { 'm/1.sql': '' });
  const record = { ...plan.record, altered: [{ file: 'm/1.sql', change: 'edited' as const }] };
  const helpOf = (baseCommit?: string) => historyFindings({ ...plan, record, baseCommit }, LOADED)[0]?.help;
  assert.match(helpOf('0a1b2c3d') ?? '', /`git checkout 0a1b2c3d -- m\/1\.sql`/);
  assert.match(helpOf() ?? '', /`git checkout <base> -- m\/1\.sql`/);
});
