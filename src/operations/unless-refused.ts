import { GitHubError, UserError } from '../errors.ts';
import type { World } from '../runner/world.ts';

/**
 * Does what only tells of a verdict. `what` begins the warning of a refusal, which never changes the verdict:
 * "The status could not be written."
 */
export async function unlessRefused<T>(
  world: World,
  what: string,
  work: () => Promise<T>,
  tell: (text: string) => void = world.warning,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    world.signal.throwIfAborted();
    if (!(error instanceof GitHubError || error instanceof UserError)) throw error;
    const { message, hint } = error;
    const reason = /[.!?…]$/.test(message) ? message : `${message}.`;
    tell(`${what} ${reason}${hint ? ` ${hint}` : ''} The verdict stands.`);
    return undefined;
  }
}
