import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestBackup, verifyProblems } from '../../src/refresh/pgbackrest.ts';
import { backupTime, parseRecoveryLog } from '../../src/refresh/recovery-log.ts';

/** As Postgres 15 writes it. */
const LOG = `2026-11-22 03:23:20.102 UTC [16811] LOG:  starting archive recovery
2026-11-22 03:23:20.110 UTC [16811] LOG:  redo starts at 0/4000028
2026-11-22 03:23:20.112 UTC [16811] LOG:  consistent recovery state reached at 0/4000100
2026-11-22 03:23:20.113 UTC [16811] LOG:  redo done at 0/40001A8 system usage: CPU: user: 0.00 s
2026-11-22 03:23:20.113 UTC [16811] LOG:  last completed transaction was at log time 2026-11-22 03:20:01.5+00
2026-11-22 03:23:20.120 UTC [16811] LOG:  selected new timeline ID: 2
2026-11-22 03:23:20.200 UTC [16811] LOG:  archive recovery complete
`;

test('a recovery’s log tells how far it came', () => {
  assert.deepEqual(parseRecoveryLog(LOG), {
    consistentAt: '0/4000100',
    endedAt: '0/40001A8',
    timeline: 2,
    lastCommit: new Date('2026-11-22T03:20:01.500Z'),
  });
  assert.deepEqual(parseRecoveryLog(LOG.split('\n').slice(0, 2).join('\n')), {
    consistentAt: undefined,
    endedAt: undefined,
    timeline: undefined,
    lastCommit: undefined,
  });
});

test('a backup’s time is its manifest’s, else its label’s where that is UTC', () => {
  const manifest =
    '{ "Path": "backup_label", "Size": 225, "Last-Modified": "2026-11-22 03:01:52 GMT", "Checksum": "66" },';
  const label = (zone: string) =>
    `START WAL LOCATION: 0/2\nSTART TIME: 2026-11-22 04:01:50 ${zone}\nLABEL: x\n`;
  assert.equal(backupTime(manifest, label('CET'))?.toISOString(), '2026-11-22T03:01:52.000Z');
  assert.equal(backupTime(undefined, label('UTC'))?.toISOString(), '2026-11-22T04:01:50.000Z');
  assert.equal(backupTime(undefined, label('CET')), undefined);
  assert.equal(backupTime(undefined, undefined), undefined);
});

test('pgBackRest’s newest backup is the last of the stanza', () => {
  const set = (label: string, error: boolean) => ({
    label,
    error,
    timestamp: { start: 1, stop: 1_790_000_000 },
    info: { size: 30 },
  });
  const info = JSON.stringify([
    { name: 'other', backup: [set('other', false)] },
    { name: 'shop', backup: [set('old', false), set('new', true)] },
    { name: 'empty', backup: [] },
  ]);
  assert.deepEqual(newestBackup(info, 'shop'), {
    label: 'new',
    stoppedAt: new Date(1_790_000_000_000),
    bytes: 30,
    error: true,
  });
  assert.equal(newestBackup(info, 'empty'), undefined);
  assert.equal(newestBackup(info, 'nobody'), undefined);
});

test('damage that pgBackRest verified is found in its words', () => {
  const said = (what: string) =>
    `stanza: shop\nstatus: error\n  backup: 20261122-033431F, status: invalid, total files checked: 964, total valid files: 963\n    ${what}: 1\n`;
  for (const what of ['checksum invalid', 'missing', 'size invalid']) {
    assert.deepEqual(verifyProblems(said(what)), [
      'backup: 20261122-033431F, status: invalid, total files checked: 964, total valid files: 963',
      `${what}: 1`,
    ]);
  }
  assert.deepEqual(verifyProblems(''), []);
  assert.deepEqual(
    verifyProblems(
      'stanza: shop\nstatus: ok\n  archiveId: 15-1, total WAL checked: 5, total valid WAL: 5\n    missing: 0, checksum invalid: 0\n',
    ),
    [],
  );
  assert.deepEqual(verifyProblems('stanza: shop\nstatus: error\n'), ['status: error']);
});
