import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tools } from '../../src/migrations/registry.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { type LintHereOptions, lintHere } from '../../src/operations/lint-here.ts';
import { planMigrations } from '../../src/operations/plan.ts';
import { policyFromText } from '../../src/operations/policy.ts';
import type { World } from '../../src/runner/world.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const PROFILE_PATH = '.github/masking.yml';
const USERS = 'create table users (id bigint generated always as identity primary key, email text, n int);';
const PROFILE = `version: 1
tables:
  users:
    email: email
    n: clear
`;

type Files = Readonly<Record<string, string | undefined>>;

function write(root: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    rmSync(join(root, name), { force: true });
    mkdirSync(join(root, name, '..'), { recursive: true });
    if (text !== undefined) writeFileSync(join(root, name), text);
  }
}

/** A repository with a base commit, and what stands in its working tree then. */
function repository(base: Files, head: Files) {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-masks-'));
  folders.push(root);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  write(root, { 'm/1.sql': USERS, ...base });
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  write(root, head);
  return { root, baseCommit: git('rev-parse', 'HEAD') };
}

async function judge(base: Files, head: Files, policy = '', prepare?: (root: string) => void) {
  const { root, baseCommit } = repository(base, head);
  prepare?.(root);
  const loaded = policyFromText(policy, { commit: undefined, editedHere: false });
  const maskingProfile = loaded.policy.masking.profile;
  const plan = await planMigrations({ root, baseCommit, tool: 'sql', directory: 'm', maskingProfile });
  assert.ok(plan);
  assert.equal(plan.tool, tools.sql);
  const lint = await lintChange({ plan, loaded, version: 18, catalog: undefined, today: '2026-11-22' });
  const isOurs = (rule: string) => /mask/.test(rule);
  return { lint, found: lint.findings.filter(({ rule }) => isOurs(rule)) };
}

const ADDED = `-- a comment first
alter table users add column age int;

alter table users
  add column nickname text;
create table notes (id bigserial primary key, body text, user_id bigint references users);`;

test('a column without a rule is told at the statement that adds it, with the line to paste', async () => {
  const { found, lint } = await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': ADDED });
  assert.deepEqual(
    found.map(({ rule, severity, relation, place, help }) => [
      rule,
      severity,
      relation,
      place.file,
      place.line,
      help,
    ]),
    [
      [
        'unmasked-column',
        'warning',
        'public.users',
        'm/2.sql',
        2,
        'Paste into `.github/masking.yml`: `age: {noise: 10%}   # tables: users:`',
      ],
      [
        'unmasked-column',
        'warning',
        'public.users',
        'm/2.sql',
        4,
        'Paste into `.github/masking.yml`: `nickname: name.first   # tables: users:`',
      ],
      [
        'unmasked-column',
        'warning',
        'public.notes',
        'm/2.sql',
        6,
        'Paste into `.github/masking.yml`: `body: text   # tables: notes:`',
      ],
    ],
  );
  assert.match(found[1]?.message ?? '', /^public\.users\.nickname is added without a rule/);
  assert.equal(new Set(lint.findings.map((one) => one.fingerprint)).size, lint.findings.length);
});

test('the line that is pasted quiets it, in the change itself', async () => {
  const text = `${PROFILE}    age: {noise: 10%}   # tables: users:\n    nickname: name.first\n  notes: {body: text}\n`;
  const { found } = await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': ADDED, [PROFILE_PATH]: text });
  assert.deepEqual(found, []);
});

test('without a profile nobody is told anything; the first profile is judged at once', async () => {
  assert.deepEqual((await judge({}, { 'm/2.sql': ADDED })).found, []);
  const { found } = await judge({}, { 'm/2.sql': ADDED, [PROFILE_PATH]: PROFILE });
  assert.deepEqual(
    found.map(({ rule }) => rule),
    ['unmasked-column', 'unmasked-column', 'unmasked-column'],
  );
});

test('a profile elsewhere, severities, exceptions, and a temporary table', async () => {
  const policy = `masking: {profile: db/masks.yml}
rules: {unmasked-column: error}
exceptions:
  - {rule: unmasked-column, path: m/2.sql, reason: "a number only", owner: "@ann", until: 2026-12-31}`;
  const sql = 'alter table users add column age int;';
  const waived = await judge({ 'db/masks.yml': PROFILE }, { 'm/2.sql': sql }, policy);
  assert.deepEqual([waived.found.length, waived.lint.accepted.length, waived.lint.status], [0, 1, 'passed']);
  const failed = await judge({ 'db/masks.yml': PROFILE }, { 'm/3.sql': sql }, policy);
  assert.equal(failed.lint.status, 'failed');
  const off = await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': ADDED }, 'rules: {unmasked-column: off}');
  assert.deepEqual(off.found, []);
  const temporary = 'create temporary table t (email text);';
  assert.deepEqual((await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': temporary })).found, []);
});

test('a renamed and a widened column are told where that is written', async () => {
  const sql =
    'create table a (b boolean);\nalter table a alter b type text using b::text;\nalter table users rename email to mail;';
  const { found } = await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': sql });
  assert.deepEqual(found.map(({ place, relation }) => [relation, place.line]).toSorted(), [
    ['public.a', 2],
    ['public.users', 3],
  ]);
});

test('what a change of the profile weakens is a notice at its line', async () => {
  const weaker = `version: 1
unknown: mask
tables:
  users:
    email: clear
    n: clear
allow:
  users.email: {reason: "it is \`ours\`", owner: "@bob", until: 2027-01-31}
`;
  const { found } = await judge({ [PROFILE_PATH]: PROFILE }, { [PROFILE_PATH]: weaker });
  assert.deepEqual(
    found.map(({ rule, severity, place }) => [rule, severity, place.file, place.line]),
    [2, 5, 8].map((line) => ['weakened-mask', 'notice', PROFILE_PATH, line]),
  );
  assert.match(found[1]?.message ?? '', /at `users\.email`: `email → clear`/);
  assert.match(found[2]?.message ?? '', /by @bob: it is 'ours'`/);
});

test('a profile that is taken away is told, and so is one that cannot be read', async () => {
  const gone = await judge({ [PROFILE_PATH]: PROFILE }, { [PROFILE_PATH]: undefined, 'm/2.sql': ADDED });
  assert.deepEqual(
    gone.found.map(({ rule, severity }) => [rule, severity]),
    [['weakened-mask', 'warning']],
  );
  const hostile: [text: string, says: RegExp][] = [
    ['tables: [', /This is not YAML/],
    ['version: 1\ntables: {users: {email: emial}}', /did you mean email\?/],
    ['x'.repeat(1_100_000), /1100000 bytes long/],
    [`a: &a [x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]`, /aliases/],
    ['['.repeat(200_000), /cannot be read/],
    [`${'- '.repeat(100_000)}a`, /cannot be read/],
    ['version: 1\ntables: !!js/function x', /Tags/],
    [Array.from({ length: 150_000 }, (_, at) => `k${at.toString(36)}:`).join('\n'), /no such key/],
    ['version: 1\nversion: 1', /stands here twice/],
    [`version: 1\n"\`\\n# @everyone <img>": 1`, /no such key/],
    [
      `version: 1\ntables:\n${Array.from({ length: 5_000 }, (_, at) => `  "*${at}*": empty`).join('\n')}`,
      /too many patterns/,
    ],
  ];
  for (const [text, says] of hostile) {
    const { found, lint } = await judge(
      { [PROFILE_PATH]: PROFILE },
      { [PROFILE_PATH]: text, 'm/2.sql': ADDED },
    );
    assert.deepEqual(
      found.map(({ rule, severity, place }) => [rule, severity, place.file]),
      [['unreadable-masking-profile', 'warning', PROFILE_PATH]],
      text.slice(0, 60),
    );
    assert.match(found[0]?.message ?? '', says);
    assert.ok((found[0]?.message.length ?? 0) < 1_000);
    assert.equal((found[0]?.message.match(/`/g) ?? []).length, 4);
    assert.equal(lint.status, 'passed');
  }
});

test('a link, a folder and other bytes in the place of the profile are told', async () => {
  const prepares = [
    (root: string) => symlinkSync('/etc/passwd', join(root, PROFILE_PATH)),
    (root: string) => symlinkSync('/nowhere/at/all', join(root, PROFILE_PATH)),
    (root: string) => mkdirSync(join(root, PROFILE_PATH)),
    (root: string) => writeFileSync(join(root, PROFILE_PATH), Buffer.from([0xff, 0xfe, 0x00])),
  ];
  for (const prepare of prepares) {
    const { found } = await judge({ [PROFILE_PATH]: PROFILE }, { [PROFILE_PATH]: undefined }, '', prepare);
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['unreadable-masking-profile'],
    );
    assert.doesNotMatch(found[0]?.message ?? '', /root:/);
  }
});

test('a broken profile weighs no less than the complaint that it hides', async () => {
  const { lint } = await judge(
    { [PROFILE_PATH]: PROFILE },
    { [PROFILE_PATH]: 'tables: [', 'm/2.sql': ADDED },
    'rules: {unmasked-column: error}',
  );
  assert.equal(lint.status, 'failed');
});

test('a base that cannot be read leaves the comparison open, and says so', async () => {
  const { found } = await judge({ [PROFILE_PATH]: 'tables: [' }, { [PROFILE_PATH]: PROFILE });
  assert.match(found[0]?.message ?? '', /As it stands on the base branch/);
});

test('hostile names stand in the finding as names', async () => {
  const sql = `create table "a\`\n@org/team <b>" ("x\`'""\u202e" text);`;
  const { found } = await judge({ [PROFILE_PATH]: PROFILE }, { 'm/2.sql': sql });
  assert.equal(found.length, 1);
  assert.doesNotMatch(found[0]?.message ?? '', /`/);
  assert.equal((found[0]?.help.match(/`/g) ?? []).length, 4);
});

test('lint at a terminal tells the same', async () => {
  const { root } = repository(
    { [PROFILE_PATH]: PROFILE },
    { 'm/2.sql': ADDED, [PROFILE_PATH]: `${PROFILE}unknown: mask\n` },
  );
  const world = {
    workspace: root,
    now: () => new Date('2026-11-22T09:00:00Z'),
    signal: new AbortController().signal,
    debug: () => undefined,
  } as unknown as World;
  const options: LintHereOptions = {
    paths: [],
    postgres: undefined,
    schema: undefined,
    databaseUrl: undefined,
    severity: undefined,
    rules: {},
    apart: false,
    variables: new Map(),
    readStandardInput: async () => Buffer.from(''),
    tool: 'sql',
    migrations: 'm',
    changedSince: 'main',
  };
  let text = '';
  const output = {
    format: 'json',
    color: false,
    columns: 80,
    write: async (part: string) => {
      text += part;
    },
    annotate: () => undefined,
  } as const;
  await lintHere(world, options, output);
  const { files } = JSON.parse(text) as {
    files: { path: string; findings: { rule: string }[] }[];
  };
  const told = files.map(({ path, findings }) => [
    path,
    findings.map(({ rule }) => rule).filter((rule) => /mask/.test(rule)),
  ]);
  assert.deepEqual(told, [
    ['m/2.sql', []],
    [PROFILE_PATH, ['weakened-mask']],
  ]);
});
