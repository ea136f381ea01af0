import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Migration } from '../../src/migrations/migration.ts';
import { sql } from '../../src/migrations/sql.ts';
import { lintChange } from '../../src/operations/lint.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { policyFromText } from '../../src/operations/policy.ts';

function migration(path: string, text: string): Migration {
  const checksum = createHash('sha256').update(text).digest('hex');
  const up = { startByte: 0, endByte: Buffer.byteLength(text) };
  return { version: path, name: path, path, text, up, down: undefined, transaction: 'file', checksum };
}

const BASE = migration('m/5.sql', 'CREATE TABLE orders (id bigint PRIMARY KEY, note text, at date);');

async function judge(added: readonly Migration[], policy = '', more: Partial<MigrationPlan> = {}) {
  const record = { tool: 'sql', directory: 'm', added: added.map(({ path }) => path), altered: [], base: 1 };
  const plan = {
    tool: sql,
    directory: 'm',
    base: [BASE],
    added,
    outOfOrder: [],
    duplicates: [],
    record,
    ...more,
  };
  const loaded = policyFromText(policy, { commit: undefined, editedHere: false });
  return lintChange({ plan, loaded, version: 18, catalog: undefined, today: '2026-11-21' });
}

const FACTS = 'reason="nobody reads it" owner=@ann until=2026-12-31';
const DROP = 'ALTER TABLE orders DROP COLUMN note;';
const rules = ({ findings }: Awaited<ReturnType<typeof judge>>) => findings.map(({ rule }) => rule);

test('a comment in the migration sets its finding apart, with owner, reason and source', async () => {
  const lint = await judge([migration('m/6.sql', `-- pullgres:allow drop-column ${FACTS}\n${DROP}`)]);
  assert.deepEqual(rules(lint), []);
  assert.deepEqual(
    lint.accepted.map(({ finding, owner, reason, until, source }) => [
      finding.rule,
      owner,
      reason,
      until,
      source,
    ]),
    [['drop-column', '@ann', 'nobody reads it', '2026-12-31', 'file']],
  );
});

test('it reaches its own statement alone; of the file, every statement', async () => {
  const both = `${DROP}\nALTER TABLE orders DROP COLUMN at;`;
  const one = await judge([migration('m/6.sql', `-- pullgres:allow drop-column ${FACTS}\n${both}`)]);
  assert.deepEqual([one.findings.length, one.accepted.length], [1, 1]);
  assert.equal(one.findings[0]?.place.line, 3);
  const all = await judge([migration('m/6.sql', `-- pullgres:allow-file drop-column ${FACTS}\n${both}`)]);
  assert.deepEqual([all.findings.length, all.accepted.length], [0, 2]);
  const other = await judge([
    migration('m/6.sql', `-- pullgres:allow-file drop-column ${FACTS}\n${DROP}`),
    migration('m/7.sql', 'ALTER TABLE orders DROP COLUMN at;'),
  ]);
  assert.deepEqual([other.findings.map(({ place }) => place.file), other.accepted.length], [['m/7.sql'], 1]);
});

test('an expired, an unused and an unknown one are findings at the comment', async () => {
  const ended = FACTS.replace('2026-12-31', '2026-11-20');
  const expired = await judge([migration('m/6.sql', `-- pullgres:allow drop-column ${ended}\n${DROP}`)]);
  assert.deepEqual(rules(expired).sort(), ['drop-column', 'exception-expired']);
  const unused = await judge([migration('m/6.sql', `SELECT 1; -- pullgres:allow drop-column ${FACTS}`)]);
  assert.deepEqual(rules(unused), ['exception-unused']);
  assert.deepEqual([unused.findings[0]?.place.file, unused.findings[0]?.place.column], ['m/6.sql', 11]);
  const unknown = await judge([migration('m/6.sql', `SELECT 1; -- pullgres:allow nothing-such ${FACTS}`)]);
  assert.deepEqual(rules(unknown), ['exception-unknown-rule']);
});

test('a policy that takes none in files says so at each', async () => {
  const text = `-- pullgres:allow drop-column ${FACTS}\n${DROP}`;
  const lint = await judge([migration('m/6.sql', text)], 'exceptions-in-files: false\n');
  assert.deepEqual(rules(lint).sort(), ['drop-column', 'exception-not-allowed']);
  assert.deepEqual(lint.accepted, []);
});

test('edited, deleted and late migrations are findings that the policy can weigh and waive', async () => {
  const late = migration('m/4.sql', 'SELECT 1;');
  const record = {
    tool: 'sql',
    directory: 'm',
    added: ['m/4.sql'],
    altered: [
      { file: 'm/1.sql', change: 'edited' as const },
      { file: 'm/2.sql', change: 'deleted' as const },
    ],
    base: 3,
  };
  const more = { record, outOfOrder: [late] };
  const plain = await judge([late], '', more);
  assert.deepEqual(
    plain.findings.map(({ rule, severity, place }) => [rule, severity, place.file]),
    [
      ['edited-migration', 'error', 'm/1.sql'],
      ['deleted-migration', 'error', 'm/2.sql'],
      ['out-of-order-migration', 'warning', 'm/4.sql'],
    ],
  );
  assert.equal(plain.status, 'failed');
  assert.match(plain.findings[2]?.message ?? '', /`m\/4\.sql` is new and sorts before `m\/5\.sql`/);
  const mild =
    'rules:\n  edited-migration: off\n  deleted-migration: notice\n  out-of-order-migration: notice\n';
  const weighed = await judge([late], mild, more);
  assert.deepEqual(
    weighed.findings.map(({ severity }) => severity),
    ['notice', 'notice'],
  );
  assert.equal(weighed.status, 'passed');
});

test('a table within the policy’s limits makes work a notice, when its size is known', async () => {
  const policy = 'small-table:\n  rows: 10\n';
  const lint = await judge([migration('m/6.sql', 'CREATE INDEX i ON orders (at);')], policy);
  assert.deepEqual(
    lint.findings.map(({ severity }) => severity),
    ['error'],
    'nobody knows the size of a replayed table',
  );
});
