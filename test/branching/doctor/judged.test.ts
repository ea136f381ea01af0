import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCount, judgeLocks } from '../../../src/branching/doctor/capacity.ts';
import type { CheckStatus, DoctorContext } from '../../../src/branching/doctor/check.ts';
import { judgeTls, serverChecks } from '../../../src/branching/doctor/server.ts';
import { ageWords, counted, listed, shown, sqlName, sqlText } from '../../../src/branching/doctor/words.ts';

const tls: readonly [string, boolean, boolean, CheckStatus][] = [
  ['localhost', false, false, 'ok'],
  ['127.0.0.1, ::1', false, false, 'ok'],
  ['', false, false, 'ok'],
  ['*', false, false, 'warning'],
  ['localhost,10.0.0.5', false, false, 'warning'],
  ['*', true, false, 'warning'],
  ['*', true, true, 'ok'],
];
for (const [addresses, ssl, encrypted, status] of tls) {
  test(`tls: listen_addresses ${JSON.stringify(addresses)}, ssl ${ssl}, encrypted ${encrypted}`, () =>
    assert.equal(judgeTls({ addresses, ssl, encrypted }).status, status));
}

const counts: readonly [number, boolean, CheckStatus, RegExp][] = [
  [20, true, 'ok', /^20 databases, 9 of them branches\.$/],
  [500, true, 'warning', /every 120 ms/],
  [2_000, true, 'problem', /^2,000 databases.*every 30 ms/],
  [20, false, 'warning', /autovacuum is off/],
];
for (const [databases, autovacuum, status, says] of counts) {
  test(`database-count: ${databases}, autovacuum ${autovacuum}`, () => {
    const found = judgeCount({ databases, branches: 9, autovacuum, naptime: 60 });
    assert.equal(found.status, status);
    assert.match(found.detail, says);
  });
}

test('lock-table: no more relations are handed over at once than a batch has', () => {
  const usual = { perTransaction: 64, sessions: 100 };
  assert.equal(judgeLocks({ ...usual, relations: 200 }).status, 'ok');
  assert.equal(judgeLocks({ ...usual, relations: 100_000 }).status, 'ok');
  assert.equal(judgeLocks({ ...usual, perTransaction: 10, relations: 300 }).status, 'warning');
});

test('server-version: one that is newer than what was proved is not ok', async () => {
  const check = serverChecks.find(({ id }) => id === 'server-version');
  const at = async (version: number) => {
    const admin = {
      serverVersion: version,
      superuser: true,
      query: async () => ({ rows: [{ version: `${version}.1` }], rowCount: 1 }),
      script: async () => {},
    };
    return (await check?.run(admin, {} as DoctorContext))?.status;
  };
  assert.deepEqual([await at(13), await at(18), await at(19)], ['ok', 'ok', 'warning']);
});

test('names and texts are shown so that no terminal obeys them, and are still the same to the server', () => {
  assert.equal(shown('plain_1'), 'plain_1');
  assert.equal(shown('With "quotes"'), '"With ""quotes"""');
  assert.equal(sqlName('a\nb"c'), 'U&"a\\+00000Ab""c"');
  assert.equal(sqlName('a\u202eb\\'), 'U&"a\\+00202Eb\\\\"');
  assert.equal(sqlText("it's\x1b[0m"), "U&'it''s\\+00001B[0m'");
  assert.equal(sqlText("it's"), "'it''s'");
});

test('numbers are said as people say them', () => {
  assert.equal(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more');
  assert.equal(listed(['a', 'b']), 'a and b');
  assert.equal(counted(1, 'branch', 'branches'), '1 branch');
  assert.equal(counted(1_200, 'database'), '1,200 databases');
  assert.deepEqual([5, 600, 10_000, 10 * 86_400].map(ageWords), ['5 s', '10 min', '3 h', '10 days']);
});
