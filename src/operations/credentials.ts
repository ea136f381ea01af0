import type { Branch, Provider } from '../branching/provider.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { connectionUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';

/** Credentials of an existing branch, masked before anything can print them. */
export async function connectMasked(
  world: World,
  provider: Provider,
  branch: Branch,
): Promise<ConnectionFacts> {
  const facts = await provider.connect(branch);
  world.mask(facts.password);
  world.mask(connectionUrl(facts));
  return facts;
}

/** A branch's URL: a secret, masked by whoever connected. */
export function urlOf(facts: ConnectionFacts): Secret {
  return connectionUrl(facts);
}
