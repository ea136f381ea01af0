import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Secret } from '../../src/secret.ts';
import { commandEnvironment } from '../../src/testing/environment.ts';

const facts = {
  host: '127.0.0.1',
  port: 6543,
  database: 'branch_7',
  user: 'branch_7_owner',
  password: new Secret('a/b c'),
  sslmode: 'require',
} as const;

it('points DATABASE_URL and libpq at the branch and keeps the rest of the job’s environment', () => {
  const environment = commandEnvironment(
    { PATH: '/bin', CI: 'true', GITHUB_SHA: 'abc', GONE: undefined },
    facts,
  );
  assert.deepEqual(environment, {
    PATH: '/bin',
    CI: 'true',
    GITHUB_SHA: 'abc',
    PGHOST: '127.0.0.1',
    PGPORT: '6543',
    PGDATABASE: 'branch_7',
    PGUSER: 'branch_7_owner',
    PGPASSWORD: 'a/b c',
    PGSSLMODE: 'require',
    DATABASE_URL: 'postgresql://branch_7_owner:a%2Fb%20c@127.0.0.1:6543/branch_7?sslmode=require',
  });
});

for (const name of [
  'INPUT_SERVER-URL',
  'INPUT_GITHUB-TOKEN',
  'STATE_branch',
  'PULLGRES_SERVER_URL',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'GH_ENTERPRISE_TOKEN',
  'GH_PAT',
  'GITHUB_OUTPUT',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
  'PGHOSTADDR',
  'PGSERVICE',
  'PGPASSFILE',
]) {
  it(`withholds ${name}`, () => {
    assert.equal(commandEnvironment({ [name]: 'x' }, facts)[name], undefined);
  });
}

for (const name of [
  'GITHUB_REPOSITORY',
  'GITHUB_TOKENIZER',
  'RUNNER_TEMP',
  'NODE_ENV',
  'page',
  'REDIS_URL',
]) {
  it(`keeps ${name}`, () => assert.equal(commandEnvironment({ [name]: 'x' }, facts)[name], 'x'));
}
