import assert from 'node:assert/strict';
import { test } from 'node:test';
import { branchSetting } from '../../src/branching/database-settings.ts';

const kept: readonly (readonly [string, string])[] = [
  ['TimeZone=UTC', '"TimeZone" TO \'UTC\''],
  [
    'search_path="$user", public, "odd ""name, too"',
    "\"search_path\" TO '$user', 'public', 'odd \"name, too'",
  ],
  ['search_path=""', '"search_path" TO \'\''],
  ["app.motto=it's = fine", '"app"."motto" TO \'it\'\'s = fine\''],
  ['work_mem=4MB', '"work_mem" TO \'4MB\''],
  ['search_path=a, b', "\"search_path\" TO 'a', 'b'"],
  ['lock_timeout=5s', '"lock_timeout" TO \'5s\''],
];

for (const [entry, set] of kept) {
  test(`a branch takes over ${entry}`, () => {
    assert.equal(branchSetting('b"1', entry).sql, `ALTER DATABASE "b""1" SET ${set}`);
  });
}

for (const name of [
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'role',
  'session_replication_role',
  'event_triggers',
  'default_transaction_read_only',
  'default_tablespace',
  'temp_tablespaces',
  'session_preload_libraries',
  'local_preload_libraries',
  'app.jwt_secret',
  'app.settings.webhook_url',
  'myapp.API_KEY',
]) {
  test(`a branch does without ${name}`, () => {
    assert.deepEqual(branchSetting('b', `${name}=x`), { name, sql: undefined });
  });
}
