import * as z from 'zod';
import { begin } from '../operations/begin.ts';
import { evidencePath, saveDraft } from '../operations/draft.ts';
import { onBranch } from '../operations/on-branch.ts';
import { testMigrated, testOptions } from '../operations/test.ts';
import type { World } from '../runner/world.ts';
import { changeFields, changeWish, fields, readInputs, serverFields, serverOptions } from './inputs.ts';
import { evidenceOutput, statusOutput } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...serverFields,
  ...changeFields,
  'test-command': fields['test-command'],
  'test-junit': fields['test-junit'],
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const begun = await begin(world, given['github-token'], changeWish(given));
  const wanted = testOptions(begun.loaded.policy, given['test-command'], given['test-junit']);
  const options = { ...serverOptions(given), baseline: given.baseline, fresh: false };
  const status = await onBranch(world, begun, options, async ({ facts, record }) => {
    const tests = await testMigrated(world, facts, begun.plan, wanted);
    await saveDraft(world, { ...begun.draft, branch: begun.draft.branch ?? record, tests });
    return tests.status;
  });
  world.output('status', status ?? 'skipped');
  world.output('evidence-path', evidencePath(world));
  return status === undefined || status === 'passed';
}

export const testAction = { inputs, outputs: { ...statusOutput, ...evidenceOutput }, post: true, run };
