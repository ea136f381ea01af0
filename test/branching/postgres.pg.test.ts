import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { testServer } from '../support/postgres.ts';
import { behaviours, conformance } from './conformance.ts';
import { sqlBehaviours } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';

conformance('postgres', async () => {
  const facts = await testServer();
  return sqlSubject(facts, (trust) =>
    createPostgresProvider({ facts, now: () => new Date(), pageSize: 2, trust }),
  );
}, [...behaviours, ...sqlBehaviours]);
