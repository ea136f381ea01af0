// Run as a child process: refreshes a masked baseline and kills itself, as `kill -9` would, at the given step.
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';
import { fill } from './refresh-stage.ts';

type Order = {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
  readonly name: string;
  readonly dieAt: string;
};

const { facts, name, dieAt } = JSON.parse(process.env.ORDER ?? '') as Order;
const die = () => process.kill(process.pid, 'SIGKILL');
const provider = createPostgresProvider({
  facts: { ...facts, password: new Secret(facts.password) },
  now: () => new Date(),
  trust: () => undefined,
  onProgress: (text) => {
    if (text.startsWith(dieAt)) die();
  },
});
await provider.refreshBaseline(name, async (site) => {
  if (dieAt === 'an empty database') die();
  const proved = await fill(site, 'half');
  if (dieAt === 'a full database') die();
  return proved;
});
if (dieAt === 'after the end') die();
