import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import type { LockCase } from './case.ts';
import { measure } from './measure.ts';
import type { Measured } from './measured.ts';
import { gateServer, measureAlone } from './watch.ts';
import { WORLD } from './world.ts';

/** What one server showed for one case. */
export type Shown = { readonly refused: string } | (Measured & { readonly transaction: 'inside' | 'alone' });

/** A server with the world in it. */
export type Site = {
  readonly version: number;
  /** The world, for reading; its cases are rolled back. */
  readonly connection: Connection;
  readonly show: (one: LockCase) => Promise<Shown>;
  /** Gives `use` a world of its own in which `given` has run, and takes it away. */
  readonly withCopy: <T>(given: string, use: (connection: Connection) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

const APPLICATION = 'pullgres lock cases';
const TEMPLATE = 'lock_world';
/** active_sql_transaction: PreventInTransactionBlock. */
const IN_TRANSACTION = '25001';

/** Loads the world into a server that nobody else uses: `facts` are its superuser's. */
export async function openSite(facts: ConnectionFacts): Promise<Site> {
  const open = (database: string): Promise<Connection> =>
    openConnection({ ...facts, database }, { applicationName: APPLICATION });
  const observer = await open(facts.database);
  const sibling = await open(facts.database);
  await gateServer(observer, sibling);
  await sibling.close();
  await makeTemplate(observer, open);
  let copies = 0;
  const copy = async <T>(use: (connection: Connection, database: string) => Promise<T>): Promise<T> => {
    copies += 1;
    const database = `lock_world_${copies}`;
    await observer.query(`CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`);
    const connection = await open(database);
    try {
      return await use(connection, database);
    } finally {
      await connection.close();
      await observer.query(`DROP DATABASE ${database} WITH (FORCE)`);
    }
  };
  const { connection, close } = await longCopy(observer, open);
  return {
    version: connection.serverVersion,
    connection,
    show: async (one) => {
      try {
        const inside =
          one.given === undefined
            ? await measureInside(connection, one.sql)
            : await copy((own) => withGiven(own, one));
        if (inside !== undefined) return { ...inside, transaction: 'inside' };
        const alone = await copy((own, database) => watchCopy(own, () => open(database), one));
        return { ...alone, transaction: 'alone' };
      } catch (error) {
        if (error instanceof ServerError) return { refused: error.message };
        throw error;
      }
    },
    withCopy: (given, use) =>
      copy(async (own) => {
        await own.script(given);
        return use(own);
      }),
    close: async () => {
      await close();
      await observer.close();
    },
  };
}

async function makeTemplate(
  observer: Connection,
  open: (database: string) => Promise<Connection>,
): Promise<void> {
  await observer.query(`CREATE DATABASE ${TEMPLATE}`);
  await observer.query(`ALTER DATABASE ${TEMPLATE} SET timezone = 'UTC'`);
  const template = await open(TEMPLATE);
  await template.script(WORLD);
  await template.close();
}

async function longCopy(
  observer: Connection,
  open: (database: string) => Promise<Connection>,
): Promise<{ connection: Connection; close: () => Promise<void> }> {
  await observer.query(`CREATE DATABASE lock_world_0 TEMPLATE ${TEMPLATE}`);
  const connection = await open('lock_world_0');
  return {
    connection,
    close: async () => {
      await connection.close();
      for (const database of ['lock_world_0', TEMPLATE]) await observer.query(`DROP DATABASE ${database}`);
    },
  };
}

/** Undefined when the statement refuses a transaction. */
async function measureInside(connection: Connection, sql: string): Promise<Measured | undefined> {
  try {
    return await measure(connection, sql);
  } catch (error) {
    if (error instanceof ServerError && error.code === IN_TRANSACTION) return undefined;
    throw error;
  }
}

async function withGiven(
  connection: Connection,
  { sql, given = '' }: LockCase,
): Promise<Measured | undefined> {
  await connection.script(given);
  return measureInside(connection, sql);
}

async function watchCopy(
  connection: Connection,
  open: () => Promise<Connection>,
  { sql, given = '' }: LockCase,
): Promise<Measured> {
  await connection.script(given);
  const observer = await open();
  try {
    return await measureAlone(connection, observer, sql);
  } finally {
    await observer.close();
  }
}
