import { randomBytes } from 'node:crypto';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { Trust } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { literal } from '../../src/postgres/quote.ts';
import { Secret } from '../../src/secret.ts';
import { testServer } from '../support/postgres.ts';
import { behaviours, conformance } from './conformance.ts';
import { ask, sqlBehaviours } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';

let bot: Promise<ConnectionFacts> | undefined;

/** An administrator such as managed services give: it may make databases and roles, and is no superuser. */
async function weakAdmin(): Promise<ConnectionFacts> {
  const superuser = await testServer();
  const password = new Secret(randomBytes(16).toString('hex'));
  await ask(superuser, `CREATE ROLE bot LOGIN CREATEDB CREATEROLE PASSWORD ${literal(password.reveal())}`);
  await ask(superuser, 'CREATE DATABASE bot OWNER bot');
  return { ...superuser, user: 'bot', database: 'bot', password };
}

conformance('postgres, by an administrator with only CREATEDB and CREATEROLE', async () => {
  bot ??= weakAdmin();
  const facts = await bot;
  const make = (trust: Trust) => createPostgresProvider({ facts, now: () => new Date(), pageSize: 2, trust });
  return sqlSubject(facts, make, await testServer());
}, [...behaviours, ...sqlBehaviours]);
