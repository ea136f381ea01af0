import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pullRequestEvent } from '../support/events.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'pullgres-run-'));
});
after(() => rmSync(folder, { recursive: true }));

/** The run as a process of its own sees it: `@actions/github` reads the environment once. */
function readRunWith(event: string, environment: Record<string, string>): Record<string, unknown> {
  const path = join(folder, 'event.json');
  writeFileSync(path, event);
  const script = `
    import { readRun } from ${JSON.stringify(join(import.meta.dirname, '../../src/github/run.ts'))};
    const answer = await readRun().catch(({ name, message }) => ({ name, message }));
    process.stdout.write(JSON.stringify(answer));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { GITHUB_EVENT_PATH: path, ...environment },
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

const runner = {
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_RUN_ID: '9876543210',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_WORKFLOW: 'database',
  GITHUB_JOB: 'rehearse',
  GITHUB_ACTOR: 'robin',
  GITHUB_REPOSITORY: 'tidewater/shop',
  GITHUB_SERVER_URL: 'https://github.tidewater.example',
};

test('reads the run of the runner', () => {
  const event = pullRequestEvent();
  assert.deepEqual(readRunWith(JSON.stringify(event), runner), {
    eventName: 'pull_request',
    payload: JSON.parse(JSON.stringify(event)),
    id: '9876543210',
    attempt: 2,
    workflow: 'database',
    job: 'rehearse',
    actor: 'robin',
    url: 'https://github.tidewater.example/tidewater/shop/actions/runs/9876543210',
  });
});

test('an event file that is cut off, and no runner at all, are answered with advice', () => {
  assert.deepEqual(readRunWith('{"action": "ope', runner), {
    name: 'UserError',
    message: 'The event file (GITHUB_EVENT_PATH) is not JSON.',
  });
  assert.deepEqual(readRunWith('{}', {}), {
    name: 'UserError',
    message: 'GITHUB_EVENT_NAME or GITHUB_RUN_ID is not set: this is not a GitHub Actions job.',
  });
});
