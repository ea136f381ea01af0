// Run as a child process in a network of its own: holds a branch and says so, until it is killed.
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { Secret } from '../../../src/secret.ts';
import { providerFor, requestFor } from './requests.ts';

export type HoldingOrder = {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
  readonly repositoryId: number;
};

const { facts, repositoryId } = JSON.parse(await text(process.stdin)) as HoldingOrder;
const provider = providerFor({ ...facts, password: new Secret(facts.password) });
await provider.hold(requestFor(repositoryId, '').identity, async () => {
  console.log('held');
  await sleep(600_000);
});
