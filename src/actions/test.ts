import * as z from 'zod';
import { begin } from '../operations/begin.ts';
import { evidencePath, saveDraft } from '../operations/draft.ts';
import { onBranch } from '../operations/on-branch.ts';
import { mergedJunitOf } from '../operations/shard-tests.ts';
import { testChange, testedStatus } from '../operations/test.ts';
import { testOptions } from '../operations/test-options.ts';
import type { World } from '../runner/world.ts';
import {
  changeFields,
  changeWish,
  fields,
  readInputs,
  serverFields,
  serverOptions,
  testFields,
  testWish,
} from './inputs.ts';
import { evidenceOutput, junitOutput, statusOutput } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...serverFields,
  ...changeFields,
  ...testFields,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const begun = await begin(world, given['github-token'], changeWish(given));
  const wanted = testOptions(begun.loaded.policy, testWish(given));
  // The legs of a matrix test side by side, each on its own copy.
  const release = wanted.shardIndex !== undefined;
  const options = { ...serverOptions(given), baseline: given.baseline, fresh: false, release };
  const status = await onBranch(world, begun, options, async (open, provider) => {
    const { plan, baseCommit, draft } = begun;
    const change = { plan, baseCommit, schema: draft.rehearsal?.schema };
    const tests = await testChange(world, provider, open, wanted, change);
    await saveDraft(world, { ...draft, branch: draft.branch ?? open.record, tests });
    return testedStatus(tests);
  });
  world.output('status', status ?? 'skipped');
  world.output('evidence-path', evidencePath(world));
  const junit = mergedJunitOf(world);
  if (junit !== undefined) world.output('junit-path', junit);
  return status === undefined || status === 'passed';
}

export const testAction = {
  inputs,
  outputs: { ...statusOutput, ...evidenceOutput, ...junitOutput },
  post: true,
  run,
};
