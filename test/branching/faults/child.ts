// Run as a child process that a fault may kill: takes one order from its input, and prints all that it is told.
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { createPostgresProvider } from '../../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { Secret } from '../../../src/secret.ts';
import { type Order, perform } from './operation.ts';

export type ChildOrder = Order & {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
};

const order = JSON.parse(await text(process.stdin)) as ChildOrder;
const provider = createPostgresProvider({
  facts: { ...order.facts, password: new Secret(order.facts.password) },
  now: () => new Date(),
  onProgress: console.log,
});
try {
  await perform(provider, order);
} catch (error) {
  console.log(inspect(error, { depth: 10 }));
  process.exitCode = 1;
}
