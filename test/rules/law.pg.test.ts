import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { readLocks } from '../../src/postgres/locks.ts';
import { readServerMessage, type ServerMessage } from '../../src/postgres/messages.ts';
import { lint } from '../../src/rules/lint.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { LOCK_MODES, type LockMode, type PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { freshDatabase } from '../support/postgres.ts';

const folder = join(import.meta.dirname, '..', '..', 'src', 'rules');
const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

before(loadParser);

test('every folder is a registered rule of the same name, and the registry is in order', () => {
  assert.deepEqual(
    rules.map(({ slug }) => slug),
    folders.map(({ name }) => name).sort(),
  );
});

type Example = { readonly setup: string; readonly text: string; readonly startByte: number };

function readExample(slug: string, file: string): Example {
  const text = readFileSync(join(folder, slug, file), 'utf8');
  const mark = '-- migration\n';
  const at = text.indexOf(mark);
  assert.ok(text.startsWith('-- setup\n') && at > 0, `${slug}/${file} needs -- setup and -- migration`);
  return { setup: text.slice(0, at), text, startByte: Buffer.byteLength(text.slice(0, at + mark.length)) };
}

/** A database with the example's tables and rows, and the connections that work on it and watch it. */
async function stage(example: Example) {
  const facts = await freshDatabase();
  const worker = await openConnection(facts, { applicationName: 'law worker' });
  const observer = await openConnection(facts, { applicationName: 'law observer' });
  await worker.script(`${example.setup}\nANALYZE;`);
  return { worker, observer, close: () => Promise.all([worker.close(), observer.close()]) };
}

async function judge(example: Example, worker: Connection, transaction: 'file' | 'none') {
  const range = { startByte: example.startByte, endByte: Buffer.byteLength(example.text) };
  return lint({
    sources: [{ file: 'example.sql', text: example.text, up: range, transaction }],
    catalog: await readCatalog(worker),
    version: worker.serverVersion as PostgresVersion,
    severities: {},
  });
}

function statementsOf({ text, startByte }: Example): readonly string[] {
  const parsed = parseSql(text, 'example.sql', { startByte, endByte: Buffer.byteLength(text) });
  assert.ok(parsed.ok);
  return parsed.statements.map(({ sql }) => sql);
}

type Shown = {
  readonly locks: ReadonlyMap<string, LockMode>;
  readonly messages: readonly ServerMessage[];
  readonly moved: boolean;
};

async function filenodes(connection: Connection): Promise<string> {
  const { rows } = await connection.query(
    "SELECT string_agg(relname || pg_relation_filenode(oid), ',' ORDER BY relname) AS nodes FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
  );
  return String(rows[0]?.nodes);
}

/** What the server itself shows while the statements run in one transaction. */
async function show(example: Example, worker: Connection, observer: Connection): Promise<Shown> {
  const messages: ServerMessage[] = [];
  worker.onNotice(({ message }) => {
    const read = readServerMessage(message);
    if (read) messages.push(read);
  });
  const before = await filenodes(worker);
  await worker.script('BEGIN; SET LOCAL client_min_messages = debug1');
  for (const sql of statementsOf(example)) await worker.script(sql);
  const locks = await readLocks(observer, worker.processId);
  const after = await filenodes(worker);
  await worker.script('COMMIT');
  return {
    locks: new Map(locks.map(({ relation, mode }) => [relation, mode])),
    messages,
    moved: before !== after,
  };
}

function assertClaim({ claim }: Rule, { locks, messages, moved }: Shown): void {
  const kinds = new Set(messages.map(({ kind }) => kind));
  const strongest = [...locks.values()].sort((a, b) => LOCK_MODES.indexOf(b) - LOCK_MODES.indexOf(a))[0];
  assert.equal(strongest, claim.lock, `locks seen: ${[...locks].join(' ')}`);
  assert.equal(kinds.has('rewrite'), claim.rewrite, 'rewriting message');
  assert.equal(moved, claim.rewrite, 'changed filenode');
  assert.equal(kinds.has('verify') || kinds.has('validate'), claim.scan, 'verifying or validating message');
  assert.equal(kinds.has('build'), claim.builds, 'building index message');
}

for (const rule of rules) {
  test(`${rule.slug}: the page is titled as the rule`, () => {
    const [first] = readFileSync(join(folder, rule.slug, 'doc.md'), 'utf8').split('\n');
    assert.equal(first, `# ${rule.title}`);
  });

  test(`${rule.slug}: bad.sql triggers this rule alone, and the server shows what the rule claims`, async () => {
    const example = readExample(rule.slug, 'bad.sql');
    const { worker, observer, close } = await stage(example);
    try {
      const { findings, problems } = await judge(example, worker, 'file');
      assert.deepEqual(problems, []);
      assert.deepEqual([...new Set(findings.map((finding) => finding.rule))], [rule.slug]);
      for (const finding of findings) {
        assert.equal(finding.place.startByte >= example.startByte, true);
        assert.match(finding.message, /^[A-Z`].*\.$/s);
        assert.match(finding.help, /\.$/);
      }
      assertClaim(rule, await show(example, worker, observer));
    } finally {
      await close();
    }
  });

  test(`${rule.slug}: good.sql runs and triggers no rule`, async () => {
    const example = readExample(rule.slug, 'good.sql');
    const { worker, close } = await stage(example);
    try {
      const { findings, problems, statements } = await judge(example, worker, 'none');
      assert.deepEqual(problems, []);
      assert.deepEqual(
        findings.map(({ rule: name, message }) => [name, message]),
        [],
      );
      assert.ok(statements.length > 0 && statements.every(({ effects }) => effects.seen));
      for (const sql of statementsOf(example)) await worker.script(sql);
    } finally {
      await close();
    }
  });
}
