import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseUnfit } from '../../src/branching/preflight.ts';
import { judgePreflight, type Preflight, type PreflightCheck } from '../../src/branching/preflight-checks.ts';
import type { ServerState } from '../../src/branching/preflight-facts.ts';
import { MEGABYTE, shortage } from '../../src/branching/space.ts';
import type { TemplateFacts } from '../../src/branching/strategy.ts';

const GIGABYTE = 1024 * MEGABYTE;
const data = { freeBytes: 100 * GIGABYTE, totalBytes: 200 * GIGABYTE, freeFiles: 1_000_000 };

const facts: TemplateFacts = {
  serverVersion: 18,
  bytes: GIGABYTE,
  files: 320,
  dirtyBytes: 0,
  reflink: 'absent',
  reflinkWhy: 'files on the server’s disk share no blocks',
  space: { data },
  past: [],
};
const state: ServerState = {
  template: {
    name: 'a"b',
    invalid: false,
    open: false,
    marked: true,
    ours: true,
    collation: { made: '2.36', now: '2.36' },
  },
  sessions: 0,
  prepared: [],
  administrator: { name: 'bot', mayCreate: true, limit: undefined, sessions: 2 },
  connections: { used: 10, usable: 97 },
};
const fit: Preflight = { state, facts, chosen: { strategy: 'wal-log' } };

const template = (part: Partial<ServerState['template']>): Preflight => ({
  ...fit,
  state: { ...state, template: { ...state.template, ...part } },
});
const server = (part: Partial<ServerState>): Preflight => ({ ...fit, state: { ...state, ...part } });
const space = (part: TemplateFacts['space'], strategy: Preflight['chosen']['strategy'] = 'wal-log') => ({
  ...fit,
  facts: { ...facts, space: part },
  chosen: { strategy },
});

test('a closed template on an idle server with room is fit, and each check says why', () => {
  const checks = judgePreflight(fit);
  assert.equal(checks.length, 8);
  for (const { name, status, detail } of checks) {
    assert.equal(status, 'ok', `${name}: ${detail}`);
    assert.match(detail, /\.$/);
  }
  refuseUnfit('a"b', checks);
});

type Case = [string, Preflight, PreflightCheck['name'], RegExp, RegExp];

const PROBLEMS: readonly Case[] = [
  ['an invalid template', template({ invalid: true }), 'template', /interrupted/, /DROP DATABASE "a""b"/],
  [
    'a foreign template',
    template({ ours: false, marked: false }),
    'template',
    /bot/,
    /"a""b" IS_TEMPLATE true/,
  ],
  ['one session', server({ sessions: 1 }), 'sessions in the template', /^1 session in/, /datname = 'a"b'/],
  [
    'three sessions',
    server({ sessions: 3 }),
    'sessions in the template',
    /^3 sessions in/,
    /ALLOW_CONNECTIONS false/,
  ],
  [
    'prepared transactions',
    server({ prepared: ["x'y", 'z'] }),
    'prepared transactions',
    /^2 prepared transactions/,
    /ROLLBACK PREPARED 'x''y', and so for each/,
  ],
  [
    'another collation version',
    template({ collation: { made: '2.31', now: '2.36' } }),
    'collation version',
    /2\.31.*2\.36/,
    /REFRESH COLLATION VERSION/,
  ],
  [
    'a collation that lost its version',
    template({ collation: { made: '2.31', now: null } }),
    'collation version',
    /now has none/,
    /REINDEX DATABASE "a""b"/,
  ],
  [
    'a role that may not make databases',
    server({ administrator: { ...state.administrator, mayCreate: false } }),
    'administrator',
    /bot may not/,
    /ALTER ROLE "bot" CREATEDB/,
  ],
  [
    'a role at its limit',
    server({ administrator: { ...state.administrator, limit: 3 } }),
    'administrator',
    /2 of 3 sessions/,
    /CONNECTION LIMIT 13/,
  ],
  [
    'a full server',
    server({ connections: { used: 96, usable: 97 } }),
    'connections',
    /96 of 97/,
    /max_connections/,
  ],
  [
    'too little space for data and log on one volume',
    space({ data: { ...data, freeBytes: 2 * GIGABYTE } }),
    'free space',
    /WAL_LOG needs 2 GB on the data volume, of which 2 GB are free and 256 MB/,
    /Free 256 MB there/,
  ],
  [
    'too little space on the log’s own volume',
    space({ data, wal: { ...data, freeBytes: GIGABYTE } }),
    'free space',
    /1 GB on the WAL volume/,
    /Free 256 MB/,
  ],
  [
    'no margin for a clone',
    space({ data: { ...data, freeBytes: 260 * MEGABYTE } }, 'clone'),
    'free space',
    /clone needs 16 MB/,
    /Free 12 MB/,
  ],
  ['too few inodes', space({ data: { ...data, freeFiles: 500 } }), 'free files', /320 files.*500/, /df -i/],
];

for (const [name, preflight, check, detail, remedy] of PROBLEMS) {
  test(`refused: ${name}`, () => {
    const checks = judgePreflight(preflight);
    const problems = checks.filter(({ status }) => status === 'problem');
    assert.deepEqual(
      problems.map((each) => each.name),
      [check],
    );
    assert.match(problems[0]?.detail ?? '', detail);
    assert.match(problems[0]?.remedy ?? '', remedy);
    assert.throws(() => refuseUnfit('a"b', checks), {
      name: 'ProviderError',
      hint: remedy,
      message: detail.source.startsWith('^') ? /is not copied/ : detail,
    });
  });
}

test('where the disk cannot be seen, space is unknown, which refuses nothing and says why', () => {
  const reflinkWhy = 'the server’s disk is not on this machine';
  const checks = judgePreflight({ ...fit, facts: { ...facts, space: undefined, reflinkWhy } });
  const unknown = checks.filter(({ status }) => status === 'unknown');
  assert.deepEqual(
    unknown.map(({ name }) => name),
    ['free space', 'free files'],
  );
  assert.match(unknown[0]?.detail ?? '', /not on this machine/);
  refuseUnfit('b', checks);
});

test('before Postgres 15, and for a collation without version, nothing can differ', () => {
  for (const collation of [undefined, { made: null, now: null }, { made: null, now: '2.36' }]) {
    assert.ok(judgePreflight(template({ collation })).every(({ status }) => status === 'ok'));
  }
});

test('an open template is no problem as long as nobody is in it, but the remedy is told', () => {
  const check = judgePreflight(template({ open: true }))[0];
  assert.equal(check?.status, 'ok');
  assert.match(check?.remedy ?? '', /ALLOW_CONNECTIONS false IS_TEMPLATE true/);
});

test('only what may end by itself can be tried again', () => {
  const retryable = (preflight: Preflight) => {
    try {
      refuseUnfit('b', judgePreflight(preflight));
    } catch (error) {
      return (error as { retryable?: boolean }).retryable;
    }
    return assert.fail('it was not refused');
  };
  assert.equal(retryable(server({ sessions: 1 })), true);
  assert.equal(retryable(server({ prepared: ['x'] })), false);
});

test('a volume must hold the need and a reserve of 5 %, 256 MB at most', () => {
  const short = (freeMegabytes: number, totalMegabytes: number) =>
    shortage(
      { data: { freeBytes: freeMegabytes * MEGABYTE, totalBytes: totalMegabytes * MEGABYTE } },
      { data: 50 * MEGABYTE, wal: 50 * MEGABYTE },
    ) !== undefined;
  assert.deepEqual([short(149, 1_000), short(150, 1_000)], [true, false]);
  assert.deepEqual([short(355, 100_000), short(356, 100_000)], [true, false]);
});
