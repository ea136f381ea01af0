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
  /** The world itself; whoever changes it rolls that back. */
  readonly connection: Connection;
  readonly show: (one: LockCase) => Promise<Shown>;
  /** A connection to a world of its own in which these statements have run; the same one each time. Rejects with ServerError. */
  readonly withGiven: (given: string | undefined) => Promise<Connection>;
  /** Ends the connections; the databases go with the server. */
  readonly close: () => Promise<void>;
};

const APPLICATION = 'pullgres lock cases';
const TEMPLATE = 'lock_world';
/** active_sql_transaction: PreventInTransactionBlock. */
const IN_TRANSACTION = '25001';

/** Loads a world into a server that nobody else uses: `facts` are its superuser's. */
export async function openSite(facts: ConnectionFacts, world = WORLD): Promise<Site> {
  const open = (database: string): Promise<Connection> =>
    openConnection({ ...facts, database }, { applicationName: APPLICATION });
  const observer = await open(facts.database);
  const sibling = await open(facts.database);
  await gateServer(observer, sibling);
  await sibling.close();
  await makeTemplate(observer, open, world);
  let copies = 0;
  const make = async (): Promise<{ own: Connection; database: string }> => {
    copies += 1;
    const database = `lock_world_${copies}`;
    await observer.query(`CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`);
    return { own: await open(database), database };
  };
  const copy = async <T>(use: (connection: Connection, database: string) => Promise<T>): Promise<T> => {
    const { own, database } = await make();
    try {
      return await use(own, database);
    } finally {
      await own.close();
      await observer.query(`DROP DATABASE ${database} WITH (FORCE)`);
    }
  };
  const { own: connection } = await make();
  const prepared = new Map<string, Promise<Connection>>();
  const withGiven = (given: string | undefined): Promise<Connection> => {
    if (given === undefined) return Promise.resolve(connection);
    const made = prepared.get(given) ?? make().then(({ own }) => own.script(given).then(() => own));
    prepared.set(given, made);
    return made;
  };
  return {
    version: connection.serverVersion,
    connection,
    withGiven,
    show: async (one) => {
      try {
        const inside = one.alone ? undefined : await measureInside(await withGiven(one.given), one.sql);
        if (inside !== undefined) return { ...inside, transaction: 'inside' };
        const alone = await copy((own, database) => watchCopy(own, () => open(database), one));
        return { ...alone, transaction: 'alone' };
      } catch (error) {
        if (error instanceof ServerError) return { refused: error.message };
        throw error;
      }
    },
    close: async () => {
      for (const own of await Promise.allSettled(prepared.values()))
        if (own.status === 'fulfilled') await own.value.close();
      await connection.close();
      await observer.close();
    },
  };
}

async function makeTemplate(
  observer: Connection,
  open: (database: string) => Promise<Connection>,
  world: string,
): Promise<void> {
  await observer.query(`CREATE DATABASE ${TEMPLATE}`);
  const template = await open(TEMPLATE);
  await template.script(world);
  await template.close();
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
