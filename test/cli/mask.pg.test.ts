import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { maskCommand } from '../../src/cli/mask.ts';
import { UserError } from '../../src/errors.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { maskCheckOutput } from '../../src/report/mask-json-schema.ts';
import { freshDatabase } from '../support/postgres.ts';
import { startPullgres } from './terminal.ts';

const HOSTILE = `we"ird \`t\`\n##[group]x \u202e`;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const SCHEMA = `
  create type mood as enum ('fine', 'sad');
  create table users (id bigint generated always as identity primary key, email text unique, nickname text, card text,
    iban text, born date, mood mood, prefs jsonb, tags text[], balance numeric(10, 2), secret text, odd text,
    search tsvector generated always as (to_tsvector('simple'::regconfig, nickname)) stored);
  create table orders (id bigserial primary key, user_id bigint references users, note text, at timestamptz default now());
  create table request_log (body text);
  create table events (id bigint, who text, at date) partition by range (at);
  create table events_1 partition of events for values from ('2026-01-01') to ('2027-01-01');
  create table ${quoted(HOSTILE)} (${quoted(`c'o"l\n\`x\``)} text);
  create table nothing ();`;

/** No text of these may ever be seen. */
const VALUES = [
  'Zebulon',
  'zq7canary',
  'Grüße',
  'Москва',
  '4111111111111111',
  'DE89370400440532013000',
  '1234567.89',
  'pw-!!-9x',
];

const ROWS = `
  insert into users (email, nickname, card, iban, born, mood, prefs, tags, balance, secret, odd)
  select 'zq7canary' || n || '@example.com', case n % 3 when 0 then 'Zebulon' when 1 then 'Grüße' else 'Москва' end, '4111111111111111',
    'DE89370400440532013000', date '1981-02-03' + n, 'sad', jsonb_build_object('email', 'zq7canary' || n || '@example.com', 'n', n),
    array['Zebulon', 'x'], 12345.89, 'pw-!!-9x', case n % 4 when 0 then 'a' when 1 then '9' when 2 then '' else '--' end
  from generate_series(1, 200) as n;
  insert into orders (user_id, note) select n, 'call Zebulon at zq7canary' || n || '@example.com' from generate_series(1, 200) n;
  insert into request_log values ('zq7canary');
  insert into events select n, 'Zebulon', '2026-03-04' from generate_series(1, 20) n;
  insert into ${quoted(HOSTILE)} values ('zq7canary@example.com');`;

const folder = mkdtempSync(join(tmpdir(), 'pullgres-mask-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function database(...scripts: readonly string[]): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  const connection = await openConnection(facts, { applicationName: 'mask test' });
  try {
    for (const script of scripts) await connection.script(script);
  } finally {
    await connection.close();
  }
  return facts;
}

let facts: ConnectionFacts;
before(async () => {
  facts = await database(SCHEMA, ROWS, 'analyze');
});

/** Runs a subcommand in the folder, and looks for values in all that it says. */
async function mask(args: readonly string[], options: { key?: string; source?: ConnectionFacts } = {}) {
  const url = connectionUrl(options.source ?? facts).reveal();
  const environment = {
    PULLGRES_SOURCE_URL: url,
    ...(options.key === undefined ? {} : { PULLGRES_MASK_KEY: options.key }),
  };
  const ran = await startPullgres(['mask', ...args], { environment, folder }).end;
  for (const value of VALUES) assert.ok(!`${ran.out}${ran.err}`.includes(value), `${args[0]} tells ${value}`);
  return ran;
}

const path = (name: string) => join(folder, name);

const told = (says: RegExp) => (error: unknown) =>
  error instanceof UserError && says.test(`${error.message} ${error.hint}`);

/** What fails writes nothing to standard output, and needs no process of its own. */
async function refuses(args: readonly string[], says: RegExp): Promise<void> {
  const url = connectionUrl(facts).reveal();
  const source = args.includes('greenmask') ? [] : ['--source-url', url];
  await assert.rejects(maskCommand.run([...args, ...source]), told(says));
}

describe('pullgres mask', () => {
  test('a first profile holds no value, is read, and passes the check at once', async () => {
    const printed = await mask(['init']);
    assert.equal(printed.code, 0, printed.err);
    const profile = parseMaskingProfile(parse(printed.out), 'masking.yml');
    assert.deepEqual(
      profile.tables.find(({ pattern }) => pattern.table.text === 'request_log')?.rows,
      'empty',
    );
    assert.doesNotMatch(printed.out, /\u202e/);
    assert.match(printed.out, /email: email # \d+ % email/);
    const written = await mask(['init', '--output', 'first.yml']);
    assert.deepEqual([written.code, written.out], [0, ''], written.err);
    assert.equal(readFileSync(path('first.yml'), 'utf8'), printed.out);
    const checked = await mask(['check', '--profile', 'first.yml', '--format', 'json']);
    const check = maskCheckOutput.parse(JSON.parse(checked.out));
    assert.deepEqual([checked.code, check.conclusion, check.problems], [0, 'clean', []], checked.err);
    assert.ok((check.columns?.masked ?? 0) >= 7);
    assert.deepEqual(check.tables, { copied: 5, empty: 1 });
    const text = await mask(['check', '--profile', 'first.yml']);
    assert.match(
      text.out,
      /first\.yml covers the source \(live database, Postgres \d+\): 5 tables copied, 1 empty; /,
    );
  });

  test('a file that stands there is left alone', async () => {
    writeFileSync(path('mine.yml'), 'mine');
    await refuses(['init', '--output', path('mine.yml')], /mine\.yml is there already, and stays as it is/);
    assert.equal(readFileSync(path('mine.yml'), 'utf8'), 'mine');
    await refuses(['init', '--output', path('no/such/folder.yml')], /could not be written: ENOENT/);
  });

  test('the check tells what is missing with a line that mends it, and what has expired', async () => {
    const text = readFileSync(path('first.yml'), 'utf8');
    const lacking = text
      .replace(/^ +email: email .*\n/m, '')
      .replace(/^ +nickname: .*$/m, '    nickname: clear')
      .concat('allow:\n  users.nickname: {reason: "it was only ours", owner: "@ann", until: 2020-01-01}\n');
    writeFileSync(path('lacking.yml'), lacking);
    const ran = await mask(['check', '--profile', 'lacking.yml', '--format', 'json']);
    const check = maskCheckOutput.parse(JSON.parse(ran.out));
    assert.deepEqual([ran.code, check.conclusion, check.columns], [1, 'problems', null]);
    const [email] = check.problems.filter(({ where }) => where === 'public.users.email');
    assert.match(email?.remedy ?? '', /^email: email {3}# tables: users:/);
    assert.ok(
      check.problems.some(
        ({ where, what }) => where.startsWith('allow: ') && /ended on 2020-01-01/.test(what),
      ),
    );
    const shown = await mask(['check', '--profile', 'lacking.yml']);
    assert.equal(shown.code, 1);
    assert.match(shown.out, /^problem: public\.users\.email: .*\n {4}email: email {3}# tables: users:$/m);
  });

  test('what is weaker than a commit is told, and fails nothing', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
    git('init', '--quiet', '--initial-branch=main');
    git('add', 'first.yml');
    git('commit', '--quiet', '-m', 'base');
    const first = readFileSync(path('first.yml'), 'utf8');
    writeFileSync(path('first.yml'), first.replace('unknown: fail', 'unknown: mask'));
    try {
      const ran = await mask(['check', '--profile', 'first.yml', '--base', 'main']);
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.out, /^weaker than [0-9a-f]{12}: unknown: fail → mask$/m);
      const other = await mask(['check', '--profile', 'lacking.yml', '--base', 'main', '--format', 'json']);
      assert.match(
        maskCheckOutput.parse(JSON.parse(other.out)).weakened?.unknown ?? '',
        /it has no lacking\.yml/,
      );
      const unknown = await mask(['check', '--profile', 'first.yml', '--base', 'no-such']);
      assert.equal(unknown.code, 2);
      assert.match(unknown.err, /knows no commit "no-such".*--base origin\/main/s);
    } finally {
      writeFileSync(path('first.yml'), first);
    }
  });

  test('a profile that is not understood could not be checked', async () => {
    writeFileSync(path('broken.yml'), 'version: 1\ntables: {users: {email: emial}}');
    const ran = await mask(['check', '--profile', 'broken.yml']);
    assert.equal(ran.code, 2);
    assert.match(ran.err, /did you mean email\?/);
    await refuses(['check', '--profile', path('none.yml')], /none\.yml could not be read: ENOENT/);
  });

  test('the preview shows shapes alone', async () => {
    const ran = await mask(['preview', '--profile', 'first.yml', '--table', 'users'], {
      key: 'k'.repeat(40),
    });
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /^ {2}email \(text\): email; different values stay different/m);
    assert.match(ran.out, /^ {4}aa9aaaaaa9@aaaaaaa\.aaa \[22\] → \S+@\S+ \[\d+\]$/m);
    assert.match(
      ran.out,
      /^ {2}nickname .*\n {4}Aaxxa \[5\] → .*\n {4}xxxxxx \[6\] → .*\n {4}Aaaaaaa \[7\] → /m,
    );
    assert.match(ran.out, /^ {2}search .*computed again from the masked row$/m);
    assert.doesNotMatch(ran.err, /of this run alone/);
    // What is its own shape is not shown: `a`, `9`, `--` and the empty text.
    const [, odd = ''] = /^ {2}odd \(text\).*\n((?: {4}.*\n)+)/m.exec(ran.out) ?? [];
    assert.equal(odd.match(/\(not shown\) \[\d\] → /g)?.length, 5);
    const again = await mask(['preview', '--profile', 'first.yml', '--table', 'users'], {
      key: 'k'.repeat(40),
    });
    assert.equal(again.out, ran.out);
  });

  test('the preview of all tables, by a key of its own; partitions stand for their table', async () => {
    const ran = await mask(['preview', '--profile', 'first.yml']);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.err, /a key of this run alone/);
    assert.match(ran.out, /^public\.events_1$/m);
    assert.doesNotMatch(ran.out, /request_log|SQLSTATE|\u202e/);
    const parent = await mask(['preview', '--profile', 'first.yml', '--table', 'events']);
    assert.match(parent.out, /^public\.events_1$/m);
    const hostile = await mask(['preview', '--profile', 'first.yml', '--table', quoted(HOSTILE)]);
    assert.equal(hostile.code, 0, hostile.err);
    assert.doesNotMatch(hostile.out, /^##\[group\]/m);
    await refuses(['preview', '--profile', path('first.yml'), '--table', 'userz'], /Did you mean users\?/);
  });

  test('what a mask’s expression fails at is not repeated', async () => {
    writeFileSync(
      path('failing.yml'),
      readFileSync(path('first.yml'), 'utf8').replace(
        /^ {4}nickname: .*$/m,
        `    nickname: {sql: "(nickname || 'x')::int::text"}`,
      ),
    );
    const ran = await mask(['preview', '--profile', 'failing.yml', '--table', 'users']);
    assert.equal(ran.code, 0, ran.err);
    assert.match(
      ran.out,
      /nickname .*nobody knows.*\n {4}the source refused it \(SQLSTATE 22P02\)\n {2}card/,
    );
  });

  test('labels of PostgreSQL Anonymizer are taken over, remarks on standard error', async () => {
    const label = (column: number, text: string) =>
      `insert into pg_catalog.pg_seclabel values ('users'::regclass, 'pg_class'::regclass, ${column}, 'anon', $$${text}$$)`;
    const source = await database(
      SCHEMA,
      'set allow_system_table_mods = on',
      label(2, 'MASKED WITH FUNCTION anon.fake_email()'),
      label(3, 'MASKED WITH VALUE NULL'),
    );
    const ran = await mask(['init', '--from', 'anon'], { source });
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual(Object.keys(parse(ran.out).tables.users), ['email', 'nickname']);
    assert.match(ran.err, /users\.email: the value was random on each run/);
    await refuses(['init', '--from', 'anon'], /has no security labels/);
  });

  test('a configuration of Greenmask is taken over without any source', async () => {
    const yaml = `dump:
  transformation:
    - {schema: public, name: users, transformers: [{name: RandomEmail, params: {column: email}}, {name: Odd, params: {column: x}}]}`;
    writeFileSync(path('greenmask.yml'), yaml);
    const args = ['mask', 'init', '--from', 'greenmask', 'greenmask.yml'];
    const ran = await startPullgres(args, { folder }).end;
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual(parse(ran.out).tables, { users: { email: 'email' } });
    assert.match(ran.err, /`Odd` of `x` has no strategy here/);
    const from = (...words: string[]) => ['init', '--from', 'greenmask', ...words];
    await refuses(from(), /--from greenmask takes one file/);
    await refuses(from(path('none.yml')), /none\.yml could not be read: ENOENT/);
    await refuses(from(path('first.yml')), /is not a configuration of Greenmask/);
  });

  test('what is misused is told', async () => {
    const cases: [args: string[], says: RegExp][] = [
      [['init'], /No source is named.*PULLGRES_SOURCE_URL/s],
      [['init', 'words'], /mask init does not take "words"/],
      [['init', '--from', 'anno'], /Did you mean anon\?/],
      [['check', 'words'], /mask does not take "check" "words"/],
      [['preview', '--format', 'json'], /mask preview does not take --format/],
      [
        ['preview', '--source-url', 'postgres://u:p@h/d', '--table', 'a.b.c'],
        /--table does not take "a\.b\.c"/,
      ],
      [['chekc'], /Did you mean check\?/],
    ];
    for (const [args, says] of cases) await assert.rejects(maskCommand.run(args), told(says));
  });
});

describe('what a refresh would refuse beyond the profile', () => {
  test('the check tries CHECKs on rows, and reads the schema’s text or says that it could not', async () => {
    const source = await database(
      `create domain iban_de as text check (value like 'DE%'); create table t (iban iban_de);
      insert into t select 'DE89370400440532013' || lpad(n::text, 3, '0') from generate_series(1, 100) n;
      create function boss(t text) returns boolean language sql as $$ select t = 'katharina@firma-intern.de' $$;`,
    );
    writeFileSync(path('tried.yml'), 'version: 1\ntables: {t: {iban: code}}\n');
    const ran = await mask(['check', '--profile', 'tried.yml', '--format', 'json'], { source });
    const check = maskCheckOutput.parse(JSON.parse(ran.out));
    assert.equal(ran.code, 1, ran.err);
    assert.match(check.problems[0]?.remedy ?? '', /id\.iban/);
    const unread = check.notes.some((note) => /schema’s text was not looked through.*pg_dump/.test(note));
    const told = check.problems.some(({ where, what }) => /boss/.test(where) && /e-mail/.test(what));
    assert.ok(unread !== told, JSON.stringify(check));
    assert.doesNotMatch(ran.out, /katharina/);
  });
});
