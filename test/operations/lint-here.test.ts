import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type LintHereOptions, lintHere } from '../../src/operations/lint-here.ts';
import { localChange } from '../../src/operations/local-change.ts';
import type { World } from '../../src/runner/world.ts';

const root = mkdtempSync(join(tmpdir(), 'pullgres-here-'));
after(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: root });
const write = (name: string, text: string) => writeFileSync(join(root, 'migrations', name), text);

const world = {
  workspace: root,
  now: () => new Date('2026-11-21T09:00:00Z'),
  signal: new AbortController().signal,
  debug: () => undefined,
} as unknown as World;

const OPTIONS: LintHereOptions = {
  paths: [],
  postgres: undefined,
  schema: undefined,
  databaseUrl: undefined,
  severity: undefined,
  rules: {},
  apart: false,
  variables: new Map(),
  readStandardInput: async () => Buffer.from(''),
  tool: undefined,
  migrations: undefined,
  changedSince: 'main',
};

type Told = {
  readonly files: readonly {
    readonly path: string;
    readonly findings: readonly { readonly rule: string }[];
    readonly problems?: readonly { readonly line: number; readonly message: string; readonly hint: string }[];
  }[];
};

async function linted(options: Partial<LintHereOptions> = {}) {
  let text = '';
  const write = async (part: string) => {
    text += part;
  };
  const output = { format: 'json', color: false, columns: 80, write, annotate: () => undefined } as const;
  const conclusion = await lintHere(world, { ...OPTIONS, ...options }, output);
  return { conclusion, files: (JSON.parse(text) as Told).files };
}

const up = (sql: string) => `-- migrate:up\n${sql}\n`;
const both = (sql: string) => `${up(sql)}-- migrate:down\n`;

test('a merged or new file that its tool would refuse is a problem, and all beside it is judged', async () => {
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(root, 'migrations'));
  write('1_a.sql', both('create table a (id int);'));
  write('2_b.sql', up('create table b (id int);'));
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  git('checkout', '--quiet', '-b', 'change');
  write('3_c.sql', both('create index on b (id);'));
  write('4_d.sql', up('create index on a (id);'));
  const { conclusion, files } = await linted();
  assert.equal(conclusion, 'could not judge');
  const words = 'dbmate needs a line "-- migrate:down".';
  const told = files.map(({ path, findings, problems }) => [
    path,
    findings.map(({ rule }) => rule),
    (problems ?? []).map(({ line, message }) => [line, message]),
  ]);
  assert.deepEqual(told, [
    ['migrations/2_b.sql', [], [[1, words]]],
    ['migrations/3_c.sql', ['create-index-blocking'], []],
    ['migrations/4_d.sql', [], [[1, words]]],
  ]);
  assert.match(files[0]?.problems?.[0]?.hint ?? '', /^It is merged, so leave it as it stands\..*--schema/);
  assert.equal(files[2]?.problems?.[0]?.hint, 'Add it; it may stand empty.');
});

test('a schema that is given holds what a refused merged file made', async () => {
  writeFileSync(join(root, 'schema.sql'), 'create table a (id int); create table b (id int);');
  const { files } = await linted({ schema: 'schema.sql' });
  assert.deepEqual(
    files.map(({ path }) => path),
    ['migrations/3_c.sql', 'migrations/4_d.sql'],
  );
});

test('what would be run is refused as its tool refuses it', async () => {
  await assert.rejects(localChange(world, OPTIONS), /dbmate needs a line "-- migrate:down"/);
});
