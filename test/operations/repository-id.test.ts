import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Holder } from '../../src/branching/admission.ts';
import { derivedRepositoryId } from '../../src/branching/identity.ts';
import { UserError } from '../../src/errors.ts';
import { repositoryIdOf, repositoryNumbers } from '../../src/operations/repository-id.ts';
import type { World } from '../../src/runner/world.ts';

const world = { environment: {} } as World;

function holding(...labels: readonly (readonly [number, string | undefined])[]) {
  const holders = labels.map(
    ([repositoryId, repository], index): Holder => ({
      repositoryId,
      repository,
      subject: { kind: 'pull-request', number: index + 1 },
      baselineId: 'shop',
      createdAt: '2026-06-01T00:00:00.000Z',
      name: `b${index}`,
      state: index === 0 ? 'making' : 'ready',
    }),
  );
  return { holders: async () => holders };
}

const wish = { repository: 'Acme/Shop', repositoryId: undefined };

test('the number by hand, by a label of the name in any case, or derived from the name', async () => {
  const labelled = holding([7, 'acme/shop'], [7, 'ACME/shop'], [8, 'acme/other'], [9, undefined]);
  assert.equal(await repositoryIdOf(world, labelled, { ...wish, repositoryId: 5 }), 5);
  assert.equal(await repositoryIdOf(world, labelled, wish), 7);
  assert.equal(
    await repositoryIdOf(world, holding([8, 'acme/other']), wish),
    derivedRepositoryId('acme/shop'),
  );
});

test('a number of GitHub’s wins over the derived one, whose branches are told beside it', async () => {
  const derived = derivedRepositoryId('acme/shop');
  const both = holding([derived, 'acme/shop'], [7, 'acme/shop']);
  assert.deepEqual(await repositoryNumbers(world, both, wish), { id: 7, derived: false, also: derived });
  assert.deepEqual(await repositoryNumbers(world, both, { ...wish, repositoryId: 5 }), {
    id: 5,
    derived: false,
    also: undefined,
  });
  assert.deepEqual(await repositoryNumbers(world, holding([derived, 'acme/shop']), wish), {
    id: derived,
    derived: true,
    also: undefined,
  });
});

test('several numbers of GitHub’s under one name, or no name, are a question', async () => {
  const both = holding([7, 'acme/shop'], [8, 'acme/shop'], [derivedRepositoryId('acme/shop'), 'acme/shop']);
  await assert.rejects(repositoryIdOf(world, both, wish), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.match(`${error.message} ${error.hint}`, /several repository numbers: 7, 8\. .*--repository-id/);
    return true;
  });
  const none = { repository: undefined, repositoryId: undefined };
  await assert.rejects(repositoryIdOf(world, both, none), /No repository is named/);
});
