// Run as a child process: takes a shard of the branch and kills itself, as `kill -9` would, at a message or in its work.
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { BranchIdentity } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';

type Order = {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
  readonly identity: BranchIdentity;
  readonly dieAt: string;
};

const { facts, identity, dieAt } = JSON.parse(process.env.ORDER ?? '') as Order;
const die = (): void => void process.kill(process.pid, 'SIGKILL');
const provider = createPostgresProvider({
  facts: { ...facts, password: new Secret(facts.password) },
  now: () => new Date(),
  onProgress: (text) => {
    if (text.startsWith(dieAt)) die();
  },
});
const branch = await provider.find(identity);
if (!branch) throw new Error('there is no branch');
await provider.withShard(branch, { index: 1, expiresAt: '2126-01-01T00:00:00.000Z' }, async () => die());
