import { describe, test } from 'node:test';
import { connecting } from './behaviours/connecting.ts';
import { creating } from './behaviours/creating.ts';
import { finding } from './behaviours/finding.ts';
import { holding } from './behaviours/holding.ts';
import { masking } from './behaviours/masking.ts';
import { parents } from './behaviours/parents.ts';
import { quotas } from './behaviours/quotas.ts';
import { removing } from './behaviours/removing.ts';
import { sharding } from './behaviours/sharding.ts';
import { surveying } from './behaviours/surveying.ts';
import type { Behaviour, Subject } from './subject.ts';

/** What holds of every provider. */
export const behaviours: readonly Behaviour[] = [
  ...creating,
  ...parents,
  ...masking,
  ...finding,
  ...connecting,
  ...holding,
  ...removing,
  ...sharding,
  ...quotas,
  ...surveying,
];

/** Runs the suite; `makeSubject` is called once for each behaviour. */
export function conformance(
  name: string,
  makeSubject: () => Promise<Subject>,
  suite: readonly Behaviour[] = behaviours,
): void {
  describe(`provider ${name}`, () => {
    for (const behaviour of suite) {
      test(behaviour.name, async () => {
        const subject = await makeSubject();
        try {
          await behaviour.run(subject);
        } finally {
          await subject.dispose();
        }
      });
    }
  });
}
