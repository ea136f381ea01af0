import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordedSql } from '../../src/evidence/statement.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { contentOf, rows } from './history-of.ts';
import { fixtureOf, output, projectOf, type Runner, runnerIn } from './real-tools.ts';
import { type Rehearsed, type RehearsedStatement, rehearsed } from './rehearsed.ts';
import { schemaLines } from './schema-of.ts';
import { loggedDatabase, loggedStatements, logText } from './server-log.ts';

/** A real tool with a project whose first migration stands in production already, and whose others are the change. */
export type CommandSubject = {
  /** Its folder below fixtures/tools. */
  readonly name: string;
  /** The files of the change, in the project. */
  readonly change: readonly string[];
  /** Makes the project one without the change, where taking its files away is not all of it. */
  readonly without?: (folder: string) => void;
  /** Applies the first migration alone, where that is not all that \`up\` finds without the files of the change. */
  readonly first?: string;
  /** Fills the tables that the first migration makes; they hold customers and orders. */
  readonly rows?: string;
  /** Applies all that is pending. */
  readonly up: string;
  /** Takes the last migration back. */
  readonly down?: string;
  /** A statement of the change, a table that stood before, and the lock that the server must have been seen to take on it. */
  readonly locks?: readonly [sql: RegExp, relation: string, mode: string];
  /** The tables of its history, and their columns that differ from run to run. */
  readonly history: readonly string[];
  readonly apart: readonly string[];
  /** Asserts that the tool finds nothing to do, or the last migration alone. */
  readonly nothingPending: (run: Runner) => Promise<void>;
  readonly lastPending?: (run: Runner) => Promise<void>;
};

const ROWS = `
  insert into customers (name) select 'Ünal ' || n from generate_series(1, 50) n;
  insert into orders (customer_id, placed_at) select id, now() from customers`;

type Place = { readonly folder: string; readonly facts: ConnectionFacts; readonly run: Runner };

/** A project that has its first migration and rows, and then the files of the change too. */
async function place(subject: CommandSubject): Promise<Place> {
  const { name, change, up, first = up, rows: filling = ROWS } = subject;
  const folder = projectOf(name);
  const facts = await loggedDatabase();
  const run = runnerIn(folder, facts);
  for (const file of change) rmSync(join(folder, file));
  subject.without?.(folder);
  await output(run('sh', '-c', first));
  for (const statement of filling.split(';')) await rows(facts, statement);
  for (const file of change) cpSync(join(fixtureOf(name), file), join(folder, file));
  return { folder, facts, run };
}

/** Times that tools write into their statements. */
const TIMES = /'\d{4}-\d\d-\d\d[ T]\d\d:\d\d[^']*'/g;

function plain(sql: string): string {
  return recordedSql(sql.trim()).replaceAll(TIMES, "'…'");
}

const ADDED_COLUMN: NonNullable<CommandSubject['locks']> = [
  /alter table \S*orders\S* add/i,
  'public.orders',
  'AccessExclusiveLock',
];

const isRead = (kind: string): boolean => kind === 'SelectStmt' || kind === 'VariableShowStmt';

/** What the tool sends of itself, as the server has logged it, without what only reads. */
async function sentDirectly({ facts, run }: Place, command: string): Promise<readonly string[]> {
  const before = (await logText()).length;
  await output(run('sh', '-c', command));
  const logged = await loggedStatements(facts, before);
  return logged.filter(({ kind }) => !isRead(kind)).map(({ sql }) => plain(sql));
}

/** What was recorded without what only reads, and without the BEGIN and COMMIT that stand for the server's own. */
function recorded({ statements }: Rehearsed): readonly string[] {
  return statements
    .filter(({ kind, observed }) => observed !== null && !isRead(kind))
    .map(({ sql }) => plain(sql));
}

function assertAgreement({ statements }: Rehearsed): void {
  for (const { sql, agreement, observed } of statements) {
    if (observed === null) continue;
    assert.match(String(agreement?.status), /^(agrees|sampled)$/, `${sql} ${JSON.stringify(agreement)}`);
  }
}

/** The strongest lock on a table that a statement was seen to take. */
function lockOf(statements: readonly RehearsedStatement[], sql: RegExp, relation: string): unknown {
  const found = statements.find((statement) => sql.test(statement.sql));
  return found?.observed?.locks.find((lock) => lock.relation === relation)?.mode;
}

/** All that a run leaves behind, but for times. */
async function stateOf({ history, apart }: CommandSubject, { facts }: Place): Promise<readonly unknown[]> {
  return [await schemaLines(facts), await contentOf(facts, history, apart)];
}

/** Tests that a rehearsal of the tool's own command records what the tool sends, and does what the tool does. */
export function recordsTruly(subject: CommandSubject): void {
  const { name, history, apart, up, down, locks: [sql, relation, mode] = ADDED_COLUMN } = subject;
  const state = async ({ facts }: Place) => [
    await schemaLines(facts),
    await contentOf(facts, history, apart),
  ];

  test(`${name}: its command is recorded, up and down, and does the same as without the proxy`, async (t) => {
    const [watched, direct] = [await place(subject), await place(subject)];
    const command = (line: string) => rehearsed(watched.folder, watched.facts, '--command', line);

    await t.test('up', async () => {
      const seen = await command(up);
      assert.deepEqual(recorded(seen), await sentDirectly(direct, up));
      assertAgreement(seen);
      assert.equal(lockOf(seen.statements, sql, relation), mode);
      assert.deepEqual(await state(watched), await state(direct));
      await subject.nothingPending(watched.run);
    });
    await t.test('up again: nothing is applied', async () => {
      const before = await state(watched);
      assert.deepEqual(recorded(await command(up)), await sentDirectly(direct, up));
      assert.deepEqual(await state(watched), before);
    });
    if (down === undefined) return;
    await t.test('down', async () => {
      const seen = await command(down);
      assert.deepEqual(recorded(seen), await sentDirectly(direct, down));
      assertAgreement(seen);
      assert.deepEqual(await state(watched), await state(direct));
      await subject.lastPending?.(watched.run);
    });
  });
}

/** How the same project is rehearsed from its files. */
export type NativeSubject = CommandSubject & {
  readonly directory: string;
  /** Statements that the tool sends for its own sake, and its files do not hold. */
  readonly own: RegExp;
};

/** The statements that change the schema, and what they were seen to do. */
function changes({ statements }: Rehearsed, own: RegExp): readonly unknown[] {
  return statements
    .filter(({ kind, observed }) => observed !== null && /^(Create|Alter|Drop|Index|Rename)/.test(kind))
    .filter((statement) => !own.test(statement.sql))
    .map(({ sql, inTransaction, observed }) => {
      const { locks = [], rewrites, builds, sampled } = observed ?? {};
      // A sampler may have missed a short lock.
      const seen = sampled === true ? [] : locks.map(({ relation, mode }) => `${mode} on ${relation}`).sort();
      return { sql: plain(sql), inTransaction, sampled, seen, rewrites, builds };
    });
}

/** Tests that a rehearsal of the tool's files and one of its command give the same statements, locks and final schema. */
export function sameFromFiles(subject: NativeSubject): void {
  const { name, up, directory, own } = subject;
  test(`${name}: rehearsed from its files as by its command`, async () => {
    const [read, watched] = [await place(subject), await place(subject)];
    const fromFiles = await rehearsed(read.folder, read.facts, '--tool', name, '--migrations', directory);
    const byCommand = await rehearsed(watched.folder, watched.facts, '--command', up);
    assert.ok(changes(fromFiles, own).length > 0);
    assert.deepEqual(changes(fromFiles, own), changes(byCommand, own));
    assertAgreement(fromFiles);
    assert.deepEqual(await stateOf(subject, read), await stateOf(subject, watched));
    await subject.nothingPending(read.run);
  });
}
