import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleNames } from '../../src/branching/identity.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { Branch, Provider } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { testServer } from '../support/postgres.ts';
import { ask, sqlBehaviours } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';
import type { Subject } from './subject.ts';

/** A Postgres provider that breaks one promise about rights; the suite must say so by the named behaviour. */
type Mutant = {
  readonly broken: string;
  readonly caughtBy: string;
  /** What the behaviour finds, so that it does not fail for another reason. */
  readonly says: RegExp;
  readonly make: (provider: Provider, admin: ConnectionFacts) => Partial<Provider>;
};

/** The sound create, then statements of the administrator's in the maintenance database or in the branch. */
const afterCreate =
  (statements: (branch: Branch) => readonly string[], inside = false): Mutant['make'] =>
  (provider, admin) => ({
    create: async (request) => {
      const made = await provider.create(request);
      const facts = inside ? { ...admin, database: made.branch.name } : admin;
      for (const sql of statements(made.branch)) await ask(facts, sql);
      return made;
    },
  });

const database = (branch: Branch) => identifier(branch.name);
const login = (branch: Branch) => identifier(roleNames(branch.name).login);

const mutants: readonly Mutant[] = [
  {
    broken: 'PUBLIC keeps CONNECT',
    caughtBy: 'PUBLIC cannot connect to a branch, a baseline or a baseline being built',
    says: /Missing expected rejection/,
    make: afterCreate((branch) => [`GRANT CONNECT ON DATABASE ${database(branch)} TO PUBLIC`]),
  },
  {
    broken: 'every branch may enter every other',
    caughtBy: 'a branch’s role gets into no neighbour and no baseline, nor with another’s password',
    says: /Missing expected rejection/,
    make: afterCreate((branch) => [
      `DO $$ DECLARE role name; BEGIN
         FOR role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'pullgres%' AND rolcanlogin LOOP
           EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', ${literal(branch.name)}, role);
         END LOOP;
       END $$`,
    ]),
  },
  {
    broken: 'connect hands out the administrator',
    caughtBy: 'the URL works, as the branch’s own role on the branch’s own database',
    says: /role: 'postgres'/,
    make: (provider, admin) => ({
      connect: async (branch) => ({
        ...(await provider.connect(branch)),
        user: admin.user,
        password: admin.password,
      }),
    }),
  },
  {
    broken: 'the branch’s role is a member of the administrator',
    caughtBy: 'a branch cannot forge its labels',
    says: /Missing expected rejection/,
    make: afterCreate((branch) => [`GRANT postgres TO ${login(branch)}`]),
  },
  {
    broken: 'the branch’s role may make databases',
    caughtBy: 'a branch’s role has no right on the server',
    says: /Missing expected rejection/,
    make: afterCreate((branch) => [`ALTER ROLE ${login(branch)} CREATEDB`]),
  },
  {
    broken: 'objects keep the owner that they had',
    caughtBy: 'the branch owns what came with the baseline and what it makes',
    says: /(permission denied for|must be owner of) schema public/,
    make: afterCreate(
      () => ['ALTER TABLE parted OWNER TO CURRENT_USER', 'ALTER SCHEMA public OWNER TO CURRENT_USER'],
      true,
    ),
  },
  {
    broken: 'what migrations make belongs to the login role',
    caughtBy: 'the branch owns what came with the baseline and what it makes',
    says: /\+ +name: 'pair'/,
    make: afterCreate((branch) => [`ALTER ROLE ${login(branch)} IN DATABASE ${database(branch)} RESET role`]),
  },
  {
    broken: 'the secret is readable by all',
    caughtBy: 'the secret of the installation is read by nobody else',
    says: /Missing expected rejection/,
    make: afterCreate(() => [
      'GRANT USAGE ON SCHEMA pullgres TO PUBLIC',
      'GRANT SELECT ON pullgres.installation TO PUBLIC',
    ]),
  },
  {
    broken: 'the role never ends',
    caughtBy: 'the role ends with the branch’s expiry, which create renews',
    says: /until: null/,
    make: afterCreate((branch) => [`ALTER ROLE ${login(branch)} VALID UNTIL 'infinity'`]),
  },
  {
    broken: 'roles stay when the branch goes',
    caughtBy: 'no role outlives its branch, a failed build, or a finished one',
    says: /\+ +rolname: 'pullgres/,
    make: (provider, admin) => ({
      remove: async (identity) => {
        const found = await provider.find(identity);
        if (found) await ask(admin, `DROP DATABASE ${database(found)} WITH (FORCE)`);
        return { removed: found !== undefined };
      },
    }),
  },
  {
    broken: 'nobody is ever in a branch',
    caughtBy: 'usage tells who is in the branch and since when nothing moved',
    says: /0 !== 1/,
    make: (provider) => ({
      usage: async (branch) => ({ ...(await provider.usage(branch)), sessions: 0 }),
    }),
  },
];

async function takeBack(): Promise<void> {
  await ask(await testServer(), 'DROP SCHEMA IF EXISTS pullgres CASCADE');
}

async function subjectOf(make: Mutant['make']): Promise<Subject> {
  const facts = await testServer();
  const sound = () => createPostgresProvider({ facts, now: () => new Date() });
  return sqlSubject(facts, () => ({ ...sound(), ...make(sound(), facts) }));
}

for (const mutant of mutants) {
  test(`the suite says no when ${mutant.broken}`, async () => {
    const behaviour = sqlBehaviours.find((each) => each.name === mutant.caughtBy);
    assert.ok(behaviour, mutant.caughtBy);
    const subject = await subjectOf(mutant.make);
    try {
      await assert.rejects(behaviour.run(subject), mutant.says);
    } finally {
      await subject.dispose();
      await takeBack();
    }
  });
}
