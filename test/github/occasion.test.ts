import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { readOccasion } from '../../src/github/occasion.ts';

const environment = { GITHUB_REPOSITORY: 'tidewater/shop', GITHUB_REPOSITORY_ID: '512000001' };

for (const event of ['schedule', 'workflow_dispatch', 'repository_dispatch']) {
  test(`${event}: the repository of the runner`, () => {
    assert.deepEqual(readOccasion(event, environment), { id: 512_000_001, owner: 'tidewater', name: 'shop' });
  });
}

for (const event of ['pull_request', 'pull_request_target', 'push', 'issue_comment', 'constructor']) {
  test(`${event} is no occasion`, () => {
    assert.throws(() => readOccasion(event, environment), UserError);
  });
}

for (const wrong of [
  { GITHUB_REPOSITORY: undefined },
  { GITHUB_REPOSITORY: 'a/b/c' },
  { GITHUB_REPOSITORY_ID: '' },
  { GITHUB_REPOSITORY_ID: '0x10' },
]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => readOccasion('schedule', { ...environment, ...wrong }), /is not set to a repository/);
  });
}
