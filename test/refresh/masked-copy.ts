import { randomBytes } from 'node:crypto';
import type { MaskPlan, TablePlan } from '../../src/masking/mask-plan.ts';
import type { SourceSchema } from '../../src/masking/source.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { type CopyConnection, openCopyConnection } from '../../src/postgres/copy.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, qualified } from '../../src/postgres/quote.ts';
import { readSourceSchema } from '../../src/refresh/read-schema.ts';

/** Runs a script in a database. */
export async function run(facts: ConnectionFacts, sql: string): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}

/** Opens a session, gives it to `work` and closes it. */
export async function within<T>(
  facts: ConnectionFacts,
  work: (session: CopyConnection) => Promise<T>,
): Promise<T> {
  const session = await openCopyConnection(facts, { applicationName: 'pullgres tests' });
  try {
    await session.script("SET search_path = ''; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A value of 12 characters for each value, under a key of the session's. */
export const KEY = 'pullgres.kproof';
export function keyed(text: string, length = 12): string {
  return `pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(pg_catalog.textsend(coalesce(pg_catalog.current_setting('${KEY}', true), '') || (${text}))), 'hex'), 1, ${length})`;
}

/** By `table.column` of schema public; a table of the list `emptied` stays empty, and all else is clear. */
export function planOf(
  schema: SourceSchema,
  masks: Readonly<Record<string, string>>,
  emptied: readonly string[] = [],
): MaskPlan {
  const tables = new Map<string, TablePlan>();
  for (const [key, table] of schema.tables) {
    if (table.kind !== 'table') continue;
    const columns = table.columns.map(({ name, generated }) => {
      const sql = masks[`${table.name}.${name}`];
      if (generated) return { name, mask: { kind: 'computed' as const } };
      if (sql === undefined) return { name, mask: { kind: 'clear' as const, reason: 'said so' } };
      return {
        name,
        mask: { kind: 'masked' as const, strategy: { as: 'text' as const }, domain: name, sql },
      };
    });
    tables.set(key, { key, table, rows: emptied.includes(table.name) ? 'empty' : 'copy', columns });
  }
  return { tables, domains: [], risks: [], notes: [] };
}

export async function schemaOf(facts: ConnectionFacts): Promise<SourceSchema> {
  return within(facts, (session) => readSourceSchema(session));
}

/** Pipes the masked rows of each table from one database to the other, whose tables are there. */
export async function copyMasked(
  source: ConnectionFacts,
  target: ConnectionFacts,
  plan: MaskPlan,
): Promise<void> {
  await within(source, (from) =>
    within(target, async (to) => {
      // As a load does: references are made after the rows.
      await to.script('SET session_replication_role = replica');
      for (const { table, rows, columns } of plan.tables.values()) {
        if (rows === 'empty') continue;
        const own = columns.filter(({ mask }) => mask.kind !== 'computed');
        const read = own.map(({ name, mask }) => (mask.kind === 'masked' ? mask.sql : identifier(name)));
        const relation = qualified(table.schema, table.name);
        const out = from.copyOut(`COPY (SELECT ${read.join(', ')} FROM ${relation}) TO STDOUT`, {
          what: 'test',
          readAhead: 1 << 16,
        });
        const into = `COPY ${relation} (${own.map(({ name }) => identifier(name)).join(', ')}) FROM STDIN`;
        await to.copyIn(into, out.chunks, { what: 'test' });
      }
    }),
  );
}

/** A database with the files of another. */
export async function copyOf(facts: ConnectionFacts): Promise<ConnectionFacts> {
  const database = `test_${randomBytes(6).toString('hex')}`;
  await run(
    { ...facts, database: 'postgres' },
    `CREATE DATABASE ${identifier(database)} TEMPLATE ${identifier(facts.database)}`,
  );
  return { ...facts, database };
}
