import { types } from 'pg';
import { ProviderError } from '../../errors.ts';
import { splitStatements } from '../../sql/split.ts';
import { type Connection, type Notice, openConnection, type QueryResult } from '../connection.ts';
import type { ConnectionFacts } from '../facts.ts';
import type { Ending, Exchange, Sent } from './exchange.ts';
import { sync } from './exchange.ts';
import type { Frame } from './framing.ts';
import {
  type BackendKey,
  bindMessage,
  closeMessage,
  describePortal,
  executePortal,
  parseMessage,
} from './messages.ts';
import { type Decode, serverError } from './server-fields.ts';
import { cancelUpstream } from './upstream.ts';

/** Ours while it runs; no client gives such a name. The client's unnamed statement and portal stay as they are. */
const NAME = '_pullgres_between';

/** date, timestamp, timestamptz, interval: the server's text, as connection.ts keeps it. */
const TEXT_TYPES = new Set([1082, 1114, 1184, 1186]);

/** The client's own messages were refused before ours, so the server passed ours over. */
export class PassedOver extends Error {
  override readonly name = 'PassedOver';
}

export type InjectedOptions = {
  readonly exchange: Exchange;
  readonly facts: ConnectionFacts;
  readonly key: BackendKey;
  readonly processId: number;
  readonly serverVersion: number;
  readonly decode: Decode;
};

/** A Connection whose statements go between the client's. */
export type Injected = {
  readonly connection: Connection;
  /** Hands a NoticeResponse to those who listen. */
  readonly notice: (notice: Notice) => void;
  /** The server's words to the last statement of ours that it refused, to be handed on. */
  readonly refusal: () => Buffer | undefined;
};

/**
 * Runs statements of ours in the client's session, those of a script one by one. They have a name of their own and end with Sync, so they may only run
 * while a transaction block is open, begin or end one, or stand between two of the client's Syncs.
 */
export function createInjected(options: InjectedOptions): Injected {
  const { exchange, facts, key, processId, serverVersion } = options;
  const listeners = new Set<(notice: Notice) => void>();
  let refused: Buffer | undefined;
  const onRefusal = (bytes: Buffer): void => {
    refused = bytes;
  };
  const query = (sql: string, values: readonly unknown[] = []) =>
    inject({ ...options, onRefusal }, sql, values);
  const connection: Connection = {
    processId,
    serverVersion,
    query,
    run: async (sql) => (await query(sql)).rowCount,
    script: async (sql) => {
      const bytes = Buffer.from(sql);
      const { pieces } = splitStatements(bytes, 0, bytes.length);
      for (const { start, end } of pieces) await query(bytes.toString('utf8', start, end));
    },
    onNotice: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cancel: () => cancelUpstream(facts, key),
    terminate: () => terminateBackend(facts, processId),
    close: async () => void (await exchange.flush()),
  };
  const notice = (told: Notice): void => {
    for (const listener of listeners) listener(told);
  };
  return { connection, notice, refusal: () => refused };
}

/** Allowed to the backend's own role; a role may be set to begin as another, which may not. */
async function terminateBackend(facts: ConnectionFacts, processId: number): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    await connection.query('SET ROLE NONE');
    await connection.query('SELECT pg_catalog.pg_terminate_backend($1)', [processId]);
  } finally {
    await connection.close();
  }
}

function inject(
  { exchange, facts, decode, onRefusal }: InjectedOptions & { readonly onRefusal: (bytes: Buffer) => void },
  sql: string,
  values: readonly unknown[],
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    if (exchange.isSkipping())
      return reject(new PassedOver('The server passes over all until the next Sync.'));
    const read = rowReader(decode);
    let worst: Ending | undefined;
    let tag: string | undefined;
    const ended = (ending: Ending): void => {
      if (ending.kind === 'refused') onRefusal(ending.bytes);
      if (ending.kind === 'done') tag ??= ending.tag;
      else if (worst === undefined || worst.kind === 'skipped') worst = ending;
    };
    const step = (kind: Sent['kind'], bytes: Buffer): Sent => ({
      kind,
      bytes,
      hear: read.hear,
      ended,
      streams: false,
    });
    for (const sent of [
      // One of ours that failed was never closed: the server passed that over.
      step('close', closeMessage('S', NAME)),
      step('parse', parseMessage(NAME, sql)),
      step('bind', bindMessage(NAME, NAME, values.map(textOf))),
      step('describe', describePortal(NAME)),
      step('execute', executePortal(NAME)),
      step('close', closeMessage('P', NAME)),
      step('close', closeMessage('S', NAME)),
    ])
      exchange.send(sent);
    exchange.send(
      sync(read.hear, (ending) => {
        ended(ending);
        if (worst === undefined) resolve({ rows: read.rows, rowCount: countOf(tag) });
        else reject(failure(worst, facts));
      }),
    );
    void exchange.flush();
  });
}

function failure(ending: Ending, { database, host }: ConnectionFacts): Error {
  if (ending.kind === 'refused') return serverError(ending.fields);
  if (ending.kind === 'skipped') return new PassedOver('The server passed it over.');
  return new ProviderError(`The connection to the database ${database} at ${host} was lost.`, {
    status: '08006',
    retryable: true,
  });
}

/** The rows that a command tells of in its tag: `INSERT 0 5` and `SELECT 5` are 5, `CREATE TABLE` tells of none. */
export function countOf(tag: string | undefined): number | undefined {
  const found = /^[A-Z ]+ (?:\d+ )?(\d+)$/.exec(tag ?? '');
  return found === null ? undefined : Number(found[1]);
}

/** A value as the server reads it in a text parameter. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return `{${value.map(elementOf).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function elementOf(value: unknown): string {
  return value === null ? 'NULL' : `"${String(value).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Collects the rows of one statement (docs 53.7, RowDescription and DataRow), values as `pg` reads them. */
function rowReader(decode: Decode) {
  const rows: Record<string, unknown>[] = [];
  let columns: readonly { readonly name: string; readonly read: (text: string) => unknown }[] = [];
  const describe = (bytes: Buffer): void => {
    let at = 7;
    columns = Array.from({ length: bytes.readInt16BE(5) }, () => {
      const end = bytes.indexOf(0, at);
      const name = decode(bytes.subarray(at, end));
      const type = bytes.readInt32BE(end + 7);
      at = end + 19;
      return { name, read: TEXT_TYPES.has(type) ? String : types.getTypeParser(type, 'text') };
    });
  };
  const take = (bytes: Buffer): void => {
    const row: Record<string, unknown> = {};
    let at = 7;
    for (const { name, read } of columns) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row[name] = length < 0 ? null : read(decode(bytes.subarray(at, at + length)));
      if (length > 0) at += length;
    }
    rows.push(row);
  };
  const hear = ({ type, bytes }: Frame): void => {
    if (type === 'T') describe(bytes);
    if (type === 'D') take(bytes);
  };
  return { rows, hear };
}
