import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FIXTURES } from './event-fixtures.ts';
import { HOSTILE_REFS, mergeGroupEvent, pullRequestEvent, pushEvent } from './events.ts';
import { webhookProblems } from './github-schema.ts';

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'events');

for (const [name, [, schema, payload]] of Object.entries(FIXTURES)) {
  test(`fixtures/events/${name}.json is what the builder makes and what GitHub describes`, () => {
    const committed = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    assert.deepEqual(committed, JSON.parse(JSON.stringify(payload)), 'run: node scripts/event-fixtures.ts');
    assert.deepEqual(webhookProblems(schema, committed), []);
  });
}

test('fixtures/events holds nothing else', () => {
  assert.deepEqual(
    readdirSync(folder).sort(),
    Object.keys(FIXTURES)
      .map((name) => `${name}.json`)
      .sort(),
  );
});

test('variants are what GitHub describes', () => {
  for (const headRef of HOSTILE_REFS) {
    const event = pullRequestEvent({ headRef });
    assert.equal(event.pull_request.head.ref, headRef);
    assert.deepEqual(webhookProblems('pull-request-opened', event), []);
  }
  assert.deepEqual(webhookProblems('merge-group-destroyed', mergeGroupEvent({ action: 'destroyed' })), []);
  assert.deepEqual(webhookProblems('push', pushEvent({ after: undefined })), []);
});

test('the description says no to a wrong payload', () => {
  const { pull_request, ...rest } = pullRequestEvent();
  assert.deepEqual(webhookProblems('pull-request-opened', rest), [
    "/ must have required property 'pull_request'",
  ]);
  const wrong = { ...rest, pull_request: { ...pull_request, number: '7' } };
  assert.match(
    webhookProblems('pull-request-opened', wrong).join('\n'),
    /\/pull_request\/number must be integer/,
  );
});
