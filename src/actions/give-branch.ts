import type { Branch } from '../branching/provider.ts';
import { urlOf } from '../operations/credentials.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { World } from '../runner/world.ts';

/** Hands out a branch's credentials as step outputs. They are masked before, by the operation that connected. */
export function giveBranch(world: World, branch: Branch, facts: ConnectionFacts, created?: boolean): void {
  world.output('branch-name', branch.name);
  world.output('branch-id', branch.id);
  if (created !== undefined) world.output('created', String(created));
  world.output('expires-at', branch.labels.expiresAt);
  world.output('database-url', urlOf(facts).reveal());
  world.output('host', facts.host);
  world.output('port', String(facts.port));
  world.output('database', facts.database);
  world.output('user', facts.user);
  world.output('password', facts.password.reveal());
}
