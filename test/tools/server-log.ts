import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { freshDatabase, testServer, testServerLog } from '../support/postgres.ts';
import { rows } from './history-of.ts';

/** Begins each entry, so that lines of the log are told from lines of a statement. */
const PREFIX = '¦%p %d¦';
let prepared: Promise<void> | undefined;

async function prepare(): Promise<void> {
  const facts = await testServer();
  await rows(facts, `alter system set log_line_prefix = '${PREFIX}'`);
  await rows(facts, 'select pg_reload_conf()');
  // The postmaster reads it when it gets to it (docs 19.1.3).
  for (let tries = 0; tries < 100; tries += 1) {
    const [row] = await rows(facts, 'show log_line_prefix');
    if (row?.log_line_prefix === PREFIX) return;
    await sleep(50);
  }
  assert.fail('The server does not take a new log_line_prefix.');
}

/** A new database of whose sessions the server logs every statement before it runs it. */
export async function loggedDatabase(): Promise<ConnectionFacts> {
  prepared ??= prepare();
  await prepared;
  const facts = await freshDatabase();
  await rows(facts, `alter database ${identifier(facts.database)} set log_statement = 'all'`);
  return facts;
}

const ENTRY = /^LOG: {2}(?:statement|execute [^:]*): ([\s\S]*)$/;

/**
 * The statements in the server's log of a database, from `since` (characters of the log) on: session after session, in the
 * order in which the sessions began.
 */
export async function loggedStatements(
  { database }: ConnectionFacts,
  since: number,
): Promise<readonly Statement[]> {
  await loadParser();
  const sessions = new Map<string, Statement[]>();
  for (const entry of (await logText()).slice(since).split(/^¦/m)) {
    const [from = '', words = ''] = entry.split('¦', 2);
    const [session = '', name] = from.split(' ');
    const found = name === database ? ENTRY.exec(words.trimEnd()) : null;
    if (found === null) continue;
    const sent = sessions.get(session) ?? [];
    sessions.set(session, sent);
    // Lines of a message after its first begin with a tab (elog.c, append_with_tabs).
    sent.push(...statementsIn((found[1] ?? '').replaceAll('\n\t', '\n')));
  }
  return [...sessions.values()].flat();
}

export async function logText(): Promise<string> {
  return readFile(await testServerLog(), 'utf8');
}

/** A message can carry several. */
function statementsIn(sql: string): readonly Statement[] {
  const parsed = parseSql(sql, 'log');
  assert.ok(parsed.ok, `${sql} ${JSON.stringify(parsed)}`);
  return parsed.statements;
}
