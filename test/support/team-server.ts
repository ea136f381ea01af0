/** A Postgres that the team owns, as `server-url` names it, and what is on it. */
import { randomBytes } from 'node:crypto';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { connectionUrl, parseServerUrl } from '../../src/postgres/url.ts';
import { Secret } from '../../src/secret.ts';
import { testServer } from './postgres.ts';

export type TeamServer = {
  /** Of a role with CREATEDB and CREATEROLE: no superuser, as on a managed server. */
  readonly url: string;
  readonly password: string;
  readonly admin: ConnectionFacts;
  /** Databases that are branches, by name. */
  readonly branches: () => Promise<readonly string[]>;
  /** Login roles of branches, by name. */
  readonly roles: () => Promise<readonly string[]>;
  /** Rows of one query by the superuser. */
  readonly query: (sql: string, database?: string) => Promise<readonly Record<string, unknown>[]>;
};

export async function rowsOf(facts: ConnectionFacts, sql: string) {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

/** Rows of one query by whoever holds the URL, such as a step's output `database-url`. */
export async function rowsAt(url: string | undefined, sql: string) {
  return rowsOf(parseServerUrl(new Secret(url ?? '')), sql);
}

let starting: Promise<TeamServer> | undefined;

/** This test file's server, one for all that ask, with an administrator of its own. */
export function startTeamServer(): Promise<TeamServer> {
  starting ??= start();
  return starting;
}

async function start(): Promise<TeamServer> {
  const superuser = await testServer();
  const password = randomBytes(24).toString('base64url');
  const user = 'team_admin';
  const admin: ConnectionFacts = { ...superuser, user, database: user, password: new Secret(password) };
  await rowsOf(
    superuser,
    `create role ${identifier(user)} login createdb createrole password ${literal(password)}`,
  );
  await rowsOf(superuser, `create database ${identifier(user)} owner ${identifier(user)}`);
  const query = (sql: string, database = 'postgres') => rowsOf({ ...superuser, database }, sql);
  const names = async (sql: string) => (await query(sql)).map(({ name }) => String(name));
  const ofBranches = String.raw`~ '^pullgres_\d+_(pr|mg|run|named)_'`;
  return {
    url: connectionUrl(admin).reveal(),
    password,
    admin,
    branches: () => names(`select datname as name from pg_database where datname ${ofBranches} order by 1`),
    roles: () => names(`select rolname as name from pg_roles where rolname ${ofBranches} order by 1`),
    query,
  };
}
