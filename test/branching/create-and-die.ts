// Run as a child process: does one thing with a provider and kills itself, as `kill -9` would, at the given progress message.
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { CreateRequest } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';

type Order = {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
  readonly action: 'create' | 'reset' | 'build';
  readonly dieAt: string;
  readonly request: CreateRequest;
};

const { facts, action, dieAt, request } = JSON.parse(process.env.ORDER ?? '') as Order;
const provider = createPostgresProvider({
  facts: { ...facts, password: new Secret(facts.password) },
  now: () => new Date(),
  onProgress: (text) => {
    if (text.startsWith(dieAt)) process.kill(process.pid, 'SIGKILL');
  },
});

if (action === 'build') {
  const baseline = { id: request.baselineId, kind: 'schema', createdAt: new Date().toISOString() } as const;
  await provider.ensureBaseline(baseline, async () => {
    if (dieAt === 'in the builder') process.kill(process.pid, 'SIGKILL');
  });
}
const { branch } = await provider.create(request);
if (action === 'reset') await provider.reset(branch, request.baselineId);
