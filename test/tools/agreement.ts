import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pending } from '../../src/migrations/compare.ts';
import { workingTree } from '../../src/migrations/file-tree.ts';
import type { DownPart, Migration, RehearsableTool } from '../../src/migrations/migration.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { parseSql } from '../../src/sql/parse.ts';
import { freshDatabase } from '../support/postgres.ts';
import { contentOf, shapeOf } from './history-of.ts';
import { projectOf, type Runner, runnerIn } from './real-tools.ts';

/** A real tool with a project of three migrations. */
export type Subject = {
  readonly tool: RehearsableTool;
  /** Its migrations, below fixtures/tools/<tool>. */
  readonly directory: string;
  /** The tables of its history, and their columns that differ from run to run. */
  readonly tables: readonly string[];
  readonly apart: readonly string[];
  /** The tool comments on its tables, which changes nothing for it. */
  readonly uncommented?: boolean;
  /** Applies all that is pending. */
  readonly up: (run: Runner) => Promise<void>;
  /** Takes the last one back. */
  readonly down?: (run: Runner) => Promise<void>;
  /** Asserts that the tool finds nothing to do, and nothing wrong with what stands in its history. */
  readonly nothingPending: (run: Runner) => Promise<void>;
  /** Asserts that the tool finds the last migration missing, and no other. */
  readonly lastPending?: (run: Runner) => Promise<void>;
};

type Place = {
  readonly facts: ConnectionFacts;
  readonly run: Runner;
  readonly migrations: readonly Migration[];
};

async function place({ tool, directory }: Subject): Promise<Place> {
  const folder = projectOf(tool.name);
  const facts = await freshDatabase();
  const migrations = await tool.list(workingTree(folder), directory);
  assert.equal(migrations.length, 3);
  return { facts, run: runnerIn(folder, facts), migrations };
}

async function applied({ tool }: Subject, { facts, migrations }: Place): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return await tool.history.applied(connection, migrations);
  } finally {
    await connection.close();
  }
}

export async function rehearseAll(
  tool: RehearsableTool,
  facts: ConnectionFacts,
  migrations: readonly Migration[],
): Promise<void> {
  const limits = { statementTimeoutMs: 60_000, lockTimeoutMs: 30_000 };
  const result = await rehearse({
    facts,
    migrations,
    history: tool.history,
    limits,
    onProgress: () => undefined,
  });
  assert.equal(result.status, 'passed', JSON.stringify(result));
}

/** The last migration's down part, sent as its tool sends it, and the removal of its record. */
async function takeBack({ tool }: Subject, { facts, migrations }: Place): Promise<void> {
  const last = migrations.at(-1) as Migration;
  const { path, text, startByte, endByte, transaction = last.transaction } = last.down as DownPart;
  const parsed = parseSql(text, path, { startByte, endByte });
  assert.ok(parsed.ok);
  const whole = Buffer.from(text).toString('utf8', startByte, endByte);
  const parts = transaction === 'none' ? parsed.statements.map(({ sql }) => sql) : [whole];
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    if (transaction === 'file') await connection.script('BEGIN');
    for (const part of parts) await connection.script(part);
    await tool.history.remove?.(connection, last);
    if (transaction === 'file') await connection.script('COMMIT');
  } finally {
    await connection.close();
  }
}

/** Tests that the real tool accepts what a rehearsal wrote, and a rehearsal what the real tool wrote. */
export function agrees(subject: Subject): void {
  const { tool, tables, apart } = subject;
  const shape = ({ facts }: Place) => shapeOf(facts, tables, subject.uncommented !== true);
  const content = ({ facts }: Place) => contentOf(facts, tables, apart);

  test(`${tool.name}: the tool finds nothing pending after a rehearsal`, async () => {
    const native = await place(subject);
    await rehearseAll(tool, native.facts, native.migrations);
    const before = await content(native);
    await subject.nothingPending(native.run);
    await subject.up(native.run);
    assert.deepEqual(await content(native), before);
  });

  test(`${tool.name}: the history is the one that the tool itself writes`, async () => {
    const [native, real] = [await place(subject), await place(subject)];
    await rehearseAll(tool, native.facts, native.migrations);
    await subject.up(real.run);
    const versions = native.migrations.map(({ version }) => version);
    assert.deepEqual(await applied(subject, real), versions);
    assert.deepEqual(await applied(subject, native), versions);
    assert.deepEqual(await shape(native), await shape(real));
    assert.deepEqual(await content(native), await content(real));
  });

  const { down } = subject;
  if (down === undefined) return;
  test(`${tool.name}: taken back, the last one alone is pending, and each may go on where the other stopped`, async () => {
    const [native, real] = [await place(subject), await place(subject)];
    await rehearseAll(tool, native.facts, native.migrations);
    await takeBack(subject, native);
    await subject.up(real.run);
    await down(real.run);
    const versions = native.migrations.slice(0, -1).map(({ version }) => version);
    assert.deepEqual(await applied(subject, native), versions);
    assert.deepEqual(await applied(subject, real), versions);
    assert.deepEqual(await content(native), await content(real));
    await subject.lastPending?.(native.run);
    await subject.up(native.run);
    await subject.nothingPending(native.run);
    await rehearseAll(tool, real.facts, pending(real.migrations, await applied(subject, real)));
    await subject.nothingPending(real.run);
    assert.deepEqual(await applied(subject, real), await applied(subject, native));
  });
}
