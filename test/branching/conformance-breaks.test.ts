import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/branching/memory.ts';
import type { Provider } from '../../src/branching/provider.ts';
import { behaviours } from './conformance.ts';
import { memorySubject } from './memory-subject.ts';
import { mutants as lifecycleMutants, type Mutant } from './mutants.ts';
import { maskingMutants } from './mutants-masking.ts';
import { quotaMutants } from './mutants-quotas.ts';
import { surveyMutants } from './mutants-survey.ts';

const mutants = [...lifecycleMutants, ...quotaMutants, ...surveyMutants, ...maskingMutants];

/** The names of the behaviours that say no. */
async function failures(make: Mutant['make']): Promise<readonly string[]> {
  const names: string[] = [];
  for (const behaviour of behaviours) {
    const store = memoryStore();
    const subject = memorySubject(store);
    const broken = (provider: Provider): Provider => ({ ...provider, ...make(provider, store) });
    const run = behaviour.run({
      ...subject,
      provider: broken(subject.provider),
      another: broken(subject.another),
    });
    await run.catch(() => names.push(behaviour.name));
  }
  return names;
}

test('the suite has nothing against the sound provider', async () => {
  assert.deepEqual(await failures(() => ({})), []);
});

for (const mutant of mutants) {
  test(`the suite says no when ${mutant.broken}`, async () => {
    const names = await failures(mutant.make);
    assert.ok(names.includes(mutant.caughtBy), `said no: ${names.join('; ') || 'nobody'}`);
  });
}

test('every behaviour says no to some mutant', () => {
  const silent = behaviours.filter((each) => !mutants.some((mutant) => mutant.caughtBy === each.name));
  assert.deepEqual(
    silent.map((each) => each.name),
    [],
  );
});
