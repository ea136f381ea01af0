import { randomBytes } from 'node:crypto';
import { baselineName } from '../../../src/branching/guards.ts';
import { roleNames } from '../../../src/branching/identity.ts';
import type { PostgresProvider } from '../../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { identifier, literal } from '../../../src/postgres/quote.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { Secret } from '../../../src/secret.ts';
import { ask } from '../sql-conformance.ts';
import { contentOf, entryOf, type Fingerprint } from './invariants.ts';
import { fill } from './operation.ts';
import { providerFor, requestFor } from './requests.ts';
import { type FragileServer, startFragileServer } from './server.ts';

/** A fragile server with an administrator, a baseline that all trials share, and its fingerprint. */
export type Stage = {
  readonly server: FragileServer;
  /** A superuser whose password looks different in a URL. */
  readonly admin: ConnectionFacts;
  readonly provider: PostgresProvider;
  readonly baselineId: string;
  readonly baselineDatabase: string;
  readonly fingerprint: Fingerprint;
  /** The administrator's password and the installation's secret. */
  readonly secrets: Readonly<Record<string, Secret>>;
};

let repositories = 4_000;

/** Nobody else's in this process. */
export function freshRepository(): number {
  repositories += 1;
  return repositories;
}

export async function startStage(
  settings: Readonly<Record<string, string>> = {},
  directory?: string,
): Promise<Stage> {
  const server = await startFragileServer(settings, directory);
  try {
    return await furnish(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function furnish(server: FragileServer): Promise<Stage> {
  const password = new Secret(`s/${randomBytes(12).toString('hex')}%@: `);
  await ask(server.admin, `CREATE ROLE keeper SUPERUSER LOGIN PASSWORD ${literal(scramVerifier(password))}`);
  const admin = { ...server.admin, user: 'keeper', password };
  const provider = providerFor(admin);
  const baselineId = 'the shared one';
  await provider.ensureBaseline(
    { id: baselineId, kind: 'schema', createdAt: '2026-01-02T03:04:05.000Z' },
    fill,
  );
  const { branch } = await provider.create(requestFor(1, baselineId));
  const content = await contentOf(await provider.connect(branch));
  await provider.remove(branch.labels);
  const baselineDatabase = baselineName(baselineId);
  const [row] = await ask(admin, 'SELECT secret FROM pullgres.installation');
  return {
    server,
    admin,
    provider,
    baselineId,
    baselineDatabase,
    fingerprint: { content, entry: await entryOf(admin, baselineDatabase) },
    secrets: {
      'administrator’s password': password,
      'installation’s secret': new Secret(String(row?.secret)),
    },
  };
}

/** Takes a baseline away by hand; Pullgres never does that. */
export async function dropBaseline(
  admin: ConnectionFacts,
  baselineId: string,
  database: string,
): Promise<void> {
  const name = identifier(database);
  await ask(admin, `ALTER DATABASE ${name} IS_TEMPLATE false`);
  await ask(admin, `DROP DATABASE ${name} WITH (FORCE)`);
  await ask(admin, `DROP ROLE IF EXISTS ${identifier(roleNames(baselineName(baselineId)).group)}`);
}
