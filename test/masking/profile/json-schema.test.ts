import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskingJsonSchema } from '../../../src/masking/profile/json-schema.ts';

test('editors learn every key and every strategy', () => {
  const schema = maskingJsonSchema();
  assert.deepEqual(Object.keys(schema.properties ?? {}), [
    'version',
    'unknown',
    'tables',
    'allow',
    'texts',
    'links',
    'keep',
    'verify',
  ]);
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual(schema.required, ['version']);
  const text = JSON.stringify(schema);
  for (const word of [
    '"name.first"',
    '"id.br.cpf"',
    '"shift"',
    '"noise"',
    '"derive"',
    '"like"',
    '"elements"',
    '"subset"',
    '"canaries"',
  ]) {
    assert.ok(text.includes(word), word);
  }
});
