// Run as a child process: for a while does one thing after the other, as the seed says, to a few branches that others work on too.
import { text } from 'node:stream/consumers';
import type { PostgresProvider } from '../../../src/branching/postgres.ts';
import type { CreateRequest } from '../../../src/branching/provider.ts';
import { ProviderError } from '../../../src/errors.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { Secret } from '../../../src/secret.ts';
import { seededRandom } from './random.ts';
import { providerFor, requestFor } from './requests.ts';

export type MixedOrder = {
  readonly facts: Omit<ConnectionFacts, 'password'> & { readonly password: string };
  readonly seed: number;
  readonly repositoryId: number;
  readonly baselineId: string;
  readonly branches: number;
  /** Providers that work at once in this process. */
  readonly width: number;
  readonly durationMs: number;
};

export type MixedReport = {
  /** How often each thing was done, and refused. */
  readonly done: Readonly<Record<string, number>>;
  readonly refused: number;
  /** What no interleaving explains. */
  readonly wrong: readonly string[];
};

/** What another job may have done since this one looked; all else is a bug. */
const EXPLAINED =
  /is gone|half made|made anew since|half dropped|was removed|connection to the database pullgres_\S+ at \S+ was lost/;

type Deed = (provider: PostgresProvider, request: CreateRequest) => Promise<unknown>;

const found = async (
  provider: PostgresProvider,
  request: CreateRequest,
  then: (branch: NonNullable<Awaited<ReturnType<PostgresProvider['find']>>>) => Promise<unknown>,
) => {
  const branch = await provider.find(request.identity);
  if (branch) await then(branch);
};

const DEEDS: Readonly<Record<string, Deed>> = {
  create: (provider, request) => provider.create(request),
  remove: (provider, { identity }) => provider.remove(identity),
  reset: (provider, request) =>
    found(provider, request, (branch) => provider.reset(branch, request.baselineId)),
  touch: (provider, request) => found(provider, request, (branch) => provider.touch(branch)),
  connect: (provider, request) => found(provider, request, (branch) => provider.connect(branch)),
  list: (provider, { identity }) => provider.list(identity.repositoryId),
};

const order = JSON.parse(await text(process.stdin)) as MixedOrder;
const facts = { ...order.facts, password: new Secret(order.facts.password) };
const done: Record<string, number> = {};
const wrong: string[] = [];
let refused = 0;
const until = Date.now() + order.durationMs;

async function work(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const provider = providerFor(facts);
  const names = Object.keys(DEEDS);
  while (Date.now() < until) {
    const name = names[Math.floor(random() * names.length)] as string;
    const number = 1 + Math.floor(random() * order.branches);
    done[name] = (done[name] ?? 0) + 1;
    try {
      await DEEDS[name]?.(provider, requestFor(order.repositoryId, order.baselineId, number));
    } catch (error) {
      refused += 1;
      const explained = error instanceof ProviderError && EXPLAINED.test(error.message);
      if (!explained) wrong.push(`${name} ${number}: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

await Promise.all(Array.from({ length: order.width }, (_, at) => work(order.seed * 1_000 + at)));
console.log(JSON.stringify({ done, refused, wrong } satisfies MixedReport));
