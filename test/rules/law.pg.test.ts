import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { measure } from '../../bench/locks/measure.ts';
import type { Measured } from '../../bench/locks/measured.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { readServerMessage, type ServerMessage } from '../../src/postgres/messages.ts';
import type { LintSource } from '../../src/rules/context.ts';
import { lint } from '../../src/rules/lint.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Rule } from '../../src/rules/rule.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { LOCK_MODES, type PostgresVersion } from '../../src/sql/effect.ts';
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

type Example = {
  readonly setup: string;
  readonly text: string;
  readonly startByte: number;
  readonly transaction: 'file' | 'none' | 'implicit';
};

const WAYS = {
  'in a transaction': 'file',
  'outside a transaction': 'none',
  'as one message': 'implicit',
} as const;
const MARK = /^-- migration(?: \((in a transaction|outside a transaction|as one message)\))?\n/m;

const NEXT_FILE = /^-- next file\n/m;

/** bad.sql runs in a transaction, good.sql outside one, unless the mark between the parts says otherwise. Lines `-- next file` make a change of several files. */
function readExample(slug: string, file: 'bad.sql' | 'good.sql'): Example {
  const text = readFileSync(join(folder, slug, file), 'utf8');
  const mark = MARK.exec(text);
  assert.ok(text.startsWith('-- setup\n') && mark, `${slug}/${file} needs -- setup and -- migration`);
  const way = mark[1] as keyof typeof WAYS | undefined;
  return {
    setup: text.slice(0, mark.index),
    text,
    startByte: Buffer.byteLength(text.slice(0, mark.index + mark[0].length)),
    transaction: way ? WAYS[way] : file === 'bad.sql' ? 'file' : 'none',
  };
}

type Stage = {
  readonly facts: ConnectionFacts;
  readonly worker: Connection;
  readonly observer: Connection;
  readonly close: () => Promise<unknown>;
};

/** A database with the example's tables and rows, and the connections that work on it and watch it. */
async function stage(example: Example): Promise<Stage> {
  const facts = await freshDatabase();
  const worker = await openConnection(facts, { applicationName: 'law worker' });
  const observer = await openConnection(facts, { applicationName: 'law observer' });
  await worker.script(`${example.setup}\nANALYZE;`);
  return { facts, worker, observer, close: () => Promise.all([worker.close(), observer.close()]) };
}

const STATISTICS = /^-- statistics: (\S+) (\{.*\})$/gm;

/** The server's schema; a line `-- statistics: public.orders {"writesPerSecond": 900}` adds what only a busy server has. */
async function catalogOf({ setup }: Example, worker: Connection): Promise<Catalog> {
  const read = await readCatalog(worker);
  const relations = new Map(read.relations);
  for (const [, name = '', facts = ''] of setup.matchAll(STATISTICS)) {
    const relation = relations.get(name);
    assert.ok(relation, `statistics of ${name}, which is not there`);
    relations.set(name, { ...relation, ...JSON.parse(facts) });
  }
  return { ...read, relations };
}

/** The example judged with the default rules, and its own rule if that is an opinion. */
async function judge(example: Example, worker: Connection, rule: Rule) {
  return lint({
    sources: sourcesOf(example),
    catalog: await catalogOf(example, worker),
    version: worker.serverVersion as PostgresVersion,
    severities: rule.optIn ? { [rule.slug]: rule.severity } : {},
  });
}

function sourcesOf({ text, startByte, transaction }: Example): readonly LintSource[] {
  let start = startByte;
  const parts = Buffer.from(text).subarray(startByte).toString().split(NEXT_FILE);
  return parts.map((part, index) => {
    const up = { startByte: start, endByte: start + Buffer.byteLength(part) };
    start = up.endByte + Buffer.byteLength('-- next file\n');
    return { file: `example-${index + 1}.sql`, text, up, transaction };
  });
}

function statementsOf({ text, startByte }: Example): readonly string[] {
  const parsed = parseSql(text, 'example.sql', { startByte, endByte: Buffer.byteLength(text) });
  assert.ok(parsed.ok);
  return parsed.statements.map(({ sql }) => sql);
}

/** Runs the statements as the example's tool would; the error that stops them, if any. */
async function run(example: Example, worker: Connection): Promise<ServerError | undefined> {
  const statements = statementsOf(example);
  const { transaction } = example;
  const sent =
    transaction === 'file'
      ? ['BEGIN', ...statements, 'COMMIT']
      : transaction === 'none'
        ? statements
        : [statements.join(';\n')];
  for (const sql of sent) {
    const error = await worker.script(sql).catch((caught: unknown) => caught);
    if (error instanceof ServerError) return error;
    if (error) throw error;
  }
  return undefined;
}

/** What statements outside a transaction do: their locks are seen by letting them wait for a session that holds every table. */
async function measureOutside(example: Example, { worker, observer, facts }: Stage): Promise<Measured> {
  const blocker = await openConnection(facts, { applicationName: 'law blocker' });
  const messages: ServerMessage[] = [];
  const stop = worker.onNotice(({ message }) => messages.push(...[readServerMessage(message) ?? []].flat()));
  const before = await filenodes(observer);
  const locks: string[] = [];
  try {
    await worker.script('SET client_min_messages = debug1');
    for (const sql of statementsOf(example)) {
      // An example that holds locks of its own would be waited for without end: fail in its place.
      await blocker.script(`BEGIN; SET LOCAL lock_timeout = '10s'; ${HOLD_EVERY_TABLE}`);
      const running = worker.script(sql).then(
        () => 'done' as const,
        () => 'done' as const,
      );
      const awaited = await awaitedLocks(observer, worker.processId, running);
      locks.push(...awaited);
      const behind = awaited.some((lock) => lock.endsWith(' AccessShareLock'))
        ? await queueReader(facts, observer)
        : undefined;
      await blocker.script('ROLLBACK');
      if (behind)
        locks.push(...(await behind.awaited(() => awaitedLocks(observer, worker.processId, running))));
      await running;
    }
  } finally {
    stop();
    await blocker.close();
  }
  const moved = (await filenodes(observer)) !== before;
  const named = (kinds: readonly ServerMessage['kind'][]): string[] =>
    messages.flatMap(({ kind, relation }) => (kinds.includes(kind) ? [String(relation)] : []));
  return {
    locks,
    rewrites: moved ? ['moved'] : [],
    scans: named(['verify', 'validate']),
    builds: named(['build']),
  };
}

const HOLD_EVERY_TABLE = `DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', name);
  END LOOP; END $$`;

/**
 * VACUUM FULL looks its table up under AccessShareLock before it asks for what it works under. A reader of every table
 * that queues behind it lets the one through and not the other.
 */
async function queueReader(facts: ConnectionFacts, observer: Connection) {
  const reader = await openConnection(facts, { applicationName: 'law reader' });
  const reading = reader.script(`BEGIN; ${HOLD_EVERY_TABLE.replace('ACCESS EXCLUSIVE', 'ACCESS SHARE')}`);
  await awaitedLocks(
    observer,
    reader.processId,
    reading.then(() => 'done' as const),
  );
  return {
    awaited: async (look: () => Promise<readonly string[]>) => {
      await reading;
      const locks = await look();
      await reader.close();
      return locks;
    },
  };
}

/** The locks that the worker waits for, as `relation mode`; none when it ends without waiting. */
async function awaitedLocks(
  observer: Connection,
  pid: number,
  running: Promise<'done'>,
): Promise<readonly string[]> {
  for (;;) {
    const { rows } = await observer.query(
      "SELECT relation::regclass::text || ' ' || mode AS lock FROM pg_locks WHERE pid = $1 AND NOT granted AND locktype = 'relation'",
      [pid],
    );
    if (rows.length > 0) return rows.map(({ lock }) => String(lock));
    const pause = new Promise<'pause'>((resolve) => setTimeout(() => resolve('pause'), 10));
    if ((await Promise.race([running, pause])) === 'done') return [];
  }
}

async function filenodes(connection: Connection): Promise<string> {
  const { rows } = await connection.query(
    "SELECT string_agg(relname || pg_relation_filenode(oid), ',' ORDER BY relname) AS nodes FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')",
  );
  return String(rows[0]?.nodes);
}

async function assertClaim({ claim }: Rule, example: Example, staged: Stage): Promise<void> {
  const { worker } = staged;
  if ('lock' in claim) {
    const shown =
      example.transaction === 'none'
        ? await measureOutside(example, staged)
        : await measure(worker, statementsOf(example).join(';\n'));
    const modes = shown.locks.map((lock) => LOCK_MODES.findIndex((mode) => lock.endsWith(` ${mode}`)));
    const strongest = LOCK_MODES[Math.max(-1, ...modes)] ?? 'none';
    assert.equal(strongest, claim.lock, `locks seen: ${shown.locks.join(', ')}`);
    assert.equal(shown.rewrites.length > 0, claim.rewrite, `rewritten: ${shown.rewrites}`);
    assert.equal(shown.scans.length > 0, claim.scan, `scanned: ${shown.scans}`);
    assert.equal(shown.builds.length > 0, claim.builds, `built on: ${shown.builds}`);
    return;
  }
  const warnings: string[] = [];
  worker.onNotice(({ code }) => warnings.push(code));
  const error = await run(example, worker);
  assert.equal(error?.code, 'fails' in claim ? claim.fails : undefined, error?.message);
  if ('warns' in claim) assert.ok(warnings.includes(claim.warns), `warnings seen: ${warnings}`);
}

for (const rule of rules) {
  test(`${rule.slug}: the page is titled as the rule`, () => {
    const [first] = readFileSync(join(folder, rule.slug, 'doc.md'), 'utf8').split('\n');
    assert.equal(first, `# ${rule.title}`);
  });

  test(`${rule.slug}: bad.sql triggers this rule alone, and the server shows what the rule claims`, async () => {
    const example = readExample(rule.slug, 'bad.sql');
    const staged = await stage(example);
    try {
      const version = staged.worker.serverVersion;
      const speaks = rule.since <= version && version <= (rule.until ?? version);
      const { findings, problems } = await judge(example, staged.worker, rule);
      const told = [...new Set(findings.map((finding) => finding.rule))];
      if (!speaks) {
        assert.ok(!told.includes(rule.slug), 'it speaks for a version that is not its own');
        return;
      }
      assert.deepEqual(problems, []);
      assert.deepEqual(told, [rule.slug]);
      for (const finding of findings) {
        assert.equal(finding.place.startByte >= example.startByte, true);
        assert.match(finding.message, /^[A-Z`].*\.$/s);
        assert.match(finding.help, /\.$/);
      }
      await assertClaim(rule, example, staged);
    } finally {
      await staged.close();
    }
  });

  test(`${rule.slug}: good.sql runs and triggers no rule`, async () => {
    const example = readExample(rule.slug, 'good.sql');
    const { worker, close } = await stage(example);
    try {
      if (rule.since > worker.serverVersion || worker.serverVersion > (rule.until ?? worker.serverVersion))
        return;
      const { findings, problems, statements } = await judge(example, worker, rule);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        findings.map(({ rule: name, message }) => [name, message]),
        [],
      );
      assert.ok(statements.length > 0 && statements.every(({ effects }) => effects.seen));
      const error = await run(example, worker);
      assert.equal(error, undefined, error?.message);
    } finally {
      await close();
    }
  });
}
