import { randomInt } from 'node:crypto';
import type { Provider, Trust } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { ask } from './sql-conformance.ts';
import { type Subject, soundOnly } from './subject.ts';

const BRANCH_NAMES = `SELECT datname::text AS name, datistemplate AS template FROM pg_database WHERE datname LIKE 'pullgres%' ORDER BY 1`;

/** Takes away every database and role that bears our name; the server is the test's own. */
async function dropEverything(admin: ConnectionFacts): Promise<void> {
  for (const { name, template } of await ask(admin, BRANCH_NAMES)) {
    // One that is half dropped can no more be altered.
    if (template) await ask(admin, `ALTER DATABASE ${identifier(String(name))} IS_TEMPLATE false`);
    await ask(admin, `DROP DATABASE ${identifier(String(name))} WITH (FORCE)`);
  }
  for (const { name } of await ask(
    admin,
    `SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE 'pullgres\\_%'`,
  )) {
    await ask(admin, `DROP OWNED BY ${identifier(String(name))}`);
    await ask(admin, `DROP ROLE ${identifier(String(name))}`);
  }
}

/** A subject over a server of the test's own, whose databases all go afterwards. */
export function sqlSubject(
  admin: ConnectionFacts,
  make: (trust: Trust) => Provider,
  dropper: ConnectionFacts = admin,
): Subject {
  const comment = (name: string, text: string | undefined) =>
    ask(admin, `COMMENT ON DATABASE ${identifier(name)} IS ${text === undefined ? 'NULL' : literal(text)}`);
  const trust = { judge: soundOnly };
  const judge: Trust = (...given) => trust.judge(...given);
  return {
    provider: make(judge),
    another: make(judge),
    trust,
    repositoryId: randomInt(1_000_000, 1_000_000_000),
    admin,
    write: async (facts, row) => {
      await ask(facts, 'CREATE TABLE IF NOT EXISTS notes (id serial, row text)');
      await ask(facts, `INSERT INTO notes (row) VALUES (${literal(row)})`);
    },
    read: async (facts) => {
      const rows = await ask(facts, 'SELECT row FROM notes ORDER BY id');
      return rows.map(({ row }) => String(row));
    },
    plant: async (name, text) => {
      await ask(admin, `CREATE DATABASE ${identifier(name)}`);
      await comment(name, text);
    },
    relabel: async (name, text) => void (await comment(name, text)),
    databases: async () => (await ask(admin, BRANCH_NAMES)).map(({ name }) => String(name)),
    dispose: () => dropEverything(dropper),
  };
}
