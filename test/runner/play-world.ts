import { join } from 'node:path';
import { runStep } from '../support/runner-harness.ts';

/** Plays one behaviour of the fixture action in a job of its own on the runner harness. */
export function playWorld(behaviour: string, more: Partial<Parameters<typeof runStep>[0]> = {}) {
  return runStep({
    action: join(import.meta.dirname, 'fixtures/world'),
    event: { name: 'push', payload: {} },
    with: { behaviour },
    ...more,
  });
}
