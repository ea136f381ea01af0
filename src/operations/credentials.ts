import type { Branch, Provider } from '../branching/provider.ts';
import { commandLine } from '../command-line.ts';
import { ProviderError } from '../errors.ts';
import { type Connection, openConnection } from '../postgres/connection.ts';
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

/**
 * A session as the branch's own role, which the caller closes. A role may change its own password (docs: ALTER ROLE). A
 * password whose time is over gets the same answer, but a branch that expired is refused before (Provider.connect).
 * @throws ProviderError that says what heals it.
 */
export async function openAsBranch(
  { name }: Branch,
  facts: ConnectionFacts,
  signal?: AbortSignal,
): Promise<Connection> {
  try {
    return await openConnection(facts, { applicationName: 'pullgres', ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== '28P01') throw error;
    throw new ProviderError(`The password of the branch ${name} was changed from within the branch.`, {
      status: '28P01',
      hint: `Run the branch action of this pull request again, or \`${commandLine('branch create')}\`: it sets the password anew and keeps what is on the branch.`,
      cause: error,
    });
  }
}
