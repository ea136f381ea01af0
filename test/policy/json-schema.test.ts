import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { policyJsonSchema } from '../../src/policy/json-schema.ts';
import { policySchema } from '../../src/policy/schema.ts';

function compile(ruleNames?: readonly string[]) {
  const ajv = new Ajv({ strict: true });
  formatsPlugin.default(ajv);
  return ajv.compile(policyJsonSchema(ruleNames));
}

const exception = {
  rule: 'drop-column',
  reason: 'Nobody reads this column.',
  owner: 'ann',
  until: '2027-01-31',
};
const samples: [sample: unknown, accepted: boolean][] = [
  [{}, true],
  [{ version: 1 }, true],
  [{ version: 2 }, false],
  [{ version: '1' }, false],
  [[], false],
  [null, false],
  [{ 'fail-on': 'never' }, true],
  [{ 'fail-on': 'notice' }, false],
  [{ fail_on: 'error' }, false],
  [{ postgres: 13 }, true],
  [{ postgres: 12 }, false],
  [{ postgres: '16' }, false],
  [{ required: [] }, true],
  [{ required: ['lint', 'tests'] }, true],
  [{ required: ['test'] }, false],
  [{ rules: { 'drop-column': 'off' } }, true],
  [{ rules: { 'drop-column': false } }, false],
  [{ exceptions: [exception] }, true],
  [{ exceptions: [{ ...exception, path: 'db' }] }, true],
  [{ exceptions: [{ ...exception, reason: 'short' }] }, false],
  [{ exceptions: [{ ...exception, owner: '' }] }, false],
  [{ exceptions: [{ ...exception, until: '2027-02-30' }] }, false],
  [{ exceptions: [{ ...exception, until: undefined }] }, false],
  [{ exceptions: [{ ...exception, extra: 1 }] }, false],
  [{ migrations: { tool: 'dbmate', directory: 'db' } }, true],
  [{ migrations: { tool: 'rails' } }, false],
  [{ migrations: { directory: '' } }, false],
  [{ rehearsal: { 'lock-timeout': '500ms' } }, true],
  [{ rehearsal: { 'lock-timeout': '0s' } }, false],
  [{ rehearsal: { 'lock-timeout': 5 } }, false],
  [{ tests: { command: 'npm test', junit: 'out.xml', timeout: '1h' } }, true],
  [{ tests: { command: '' } }, false],
  [{ comment: 'problems' }, true],
  [{ comment: true }, false],
  [
    { drill: { 'max-backup-age': '26h', freshness: [{ column: 'public.orders.created_at', within: '2h' }] } },
    true,
  ],
  [{ drill: { freshness: [{ column: 'created_at', within: '2h' }] } }, false],
  [{ drill: { freshness: [{ column: 'public.orders.created_at' }] } }, false],
  [{ drill: { assertions: [{ name: 'no orphans', sql: 'select 1', expect: 'none' }] } }, true],
  [{ drill: { assertions: [{ name: 'orders', sql: 'select 1', expect: { 'at-least': 1 } }] } }, true],
  [{ drill: { assertions: [{ name: 'orders', sql: 'select 1', expect: { between: [1, 9] } }] } }, true],
  [{ drill: { assertions: [{ name: 'orders', sql: 'select 1', expect: { between: [1] } }] } }, false],
  [{ drill: { assertions: [{ name: 'orders', sql: 'select 1', expect: 'all' }] } }, false],
  [{ drill: { assertions: [{ name: 'orders', sql: 'select 1' }] } }, false],
  [{ drill: { issue: 'on-failure' } }, true],
  [{ drill: { issue: true } }, false],
  [{ branch: { 'idle-ttl': '3d' } }, true],
  [{ branch: { 'idle-ttl': '3 d' } }, false],
];

test('editors and Pullgres accept and refuse the same', () => {
  const validate = compile();
  for (const [sample, accepted] of samples) {
    const json = JSON.parse(JSON.stringify(sample));
    assert.equal(validate(json), accepted, `ajv: ${JSON.stringify(json)} ${JSON.stringify(validate.errors)}`);
    assert.equal(policySchema.safeParse(json).success, accepted, `zod: ${JSON.stringify(json)}`);
  }
});

test('with rule names, the schema knows misspelt rules', () => {
  const validate = compile(['drop-column']);
  assert.equal(validate({ rules: { 'drop-column': 'error' } }), true);
  assert.equal(validate({ rules: { 'drop-colum': 'error' } }), false);
});

test('every key explains itself', () => {
  const undescribed: string[] = [];
  const walk = (schema: unknown, path: string) => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties, items } = schema as { properties?: Record<string, object>; items?: object };
    for (const [key, value] of Object.entries(properties ?? {})) {
      if (!('description' in value)) undescribed.push(`${path}.${key}`);
      walk(value, `${path}.${key}`);
    }
    walk(items, `${path}[]`);
  };
  walk(policyJsonSchema(), '');
  assert.deepEqual(undescribed, []);
});
