import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { policyKeys, policyPage } from '../../scripts/policy-page.ts';
import { policyJsonSchema, schemaAt } from '../../src/policy/json-schema.ts';
import { policySchema } from '../../src/policy/schema.ts';

const keys = policyKeys();
const row = (key: string) => keys.find((one) => one.key === key);

describe('docs/policy.md', () => {
  it('has a row for every key that the schema knows, each with its meaning', () => {
    for (const name of Object.keys(policySchema.shape)) assert.ok(row(name), name);
    assert.deepEqual(
      keys.filter(({ meaning }) => meaning === '').map(({ key }) => key),
      [],
    );
    assert.equal(new Set(keys.map(({ key }) => key)).size, keys.length);
    const schema = policyJsonSchema();
    for (const { key } of keys) {
      const path = key.split('.').flatMap((part) => (part.endsWith('[]') ? [part.slice(0, -2), 0] : [part]));
      assert.ok(schemaAt(schema, path), key);
    }
  });

  it('tells types and defaults in words', () => {
    assert.deepEqual(row('fail-on'), {
      key: 'fail-on',
      type: '`error`, `warning`, `never`',
      fallback: 'error',
      meaning: 'The weakest finding that fails the check.',
    });
    assert.equal(row('rehearsal.lock-timeout')?.type, 'time');
    assert.equal(row('rehearsal.lock-timeout')?.fallback, '5s');
    assert.equal(row('required')?.fallback, '[lint, rehearsal]');
    assert.equal(row('tests.shards')?.type, 'number, 1 to 64');
    assert.equal(row('postgres')?.type, '`13`, `14`, `15`, `16`, `17`, `18`');
    assert.equal(row('exceptions[].until')?.type, 'date');
    assert.equal(row('budgets.wal')?.type, 'size');
    assert.equal(row('rehearsal')?.type, 'section');
  });

  it('is one whole table', () => {
    const lines = policyPage()
      .split('\n')
      .filter((line) => line.startsWith('|'));
    assert.equal(lines.length, keys.length + 2);
    for (const line of lines) assert.equal(line.split(/(?<!\\)\|/).length, 6, line);
  });
});
