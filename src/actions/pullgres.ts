import * as z from 'zod';
import { giveVerdict, report } from '../operations/report.ts';
import { serveChange } from '../operations/serve.ts';
import { readSetting, type Setting } from '../operations/setting.ts';
import { mergedJunitOf } from '../operations/shard-tests.ts';
import { teardown } from '../operations/teardown.ts';
import type { World } from '../runner/world.ts';
import { giveBranch } from './give-branch.ts';
import {
  changeFields,
  changeWish,
  fields,
  readInputs,
  reportFields,
  reportOptions,
  serverFields,
  serverOptions,
  testFields,
  testWish,
} from './inputs.ts';
import { branchOutputs, junitOutput, removedOutput, verdictOutputs } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...serverFields,
  ...changeFields,
  ...testFields,
  ...reportFields,
});
type Inputs = z.infer<typeof inputs>;

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const setting = await readSetting(world, { token: given['github-token'] });
  const { event } = setting;
  if (event.kind === 'pull-request' && event.action === 'closed') {
    const torn = await teardown(world, setting, {
      serverUrl: given['server-url'],
      key: given['comment-key'],
    });
    world.output('branch-name', torn.branch);
    world.output('removed', String(torn.removed));
    return true;
  }
  return judge(world, setting, given);
}

async function judge(world: World, setting: Setting, given: Inputs): Promise<boolean> {
  const served = await serveChange(world, setting, {
    ...serverOptions(given),
    baseline: given.baseline,
    ...changeWish(given),
    tests: testWish(given),
  });
  if (served.kind === 'closed') {
    world.info(served.sentence);
    return true;
  }
  const { evidence, loaded, open } = served;
  if (open) giveBranch(world, open.branch, open.facts, open.record.created);
  const junit = evidence.tests?.shards && mergedJunitOf(world);
  if (junit !== undefined) world.output('junit-path', junit);
  const reported = await report(world, setting, evidence, reportOptions(given, loaded.policy.comment));
  return giveVerdict(world, evidence, reported);
}

export const pullgresAction = {
  inputs,
  outputs: { ...branchOutputs, ...verdictOutputs, ...junitOutput, ...removedOutput },
  post: true,
  run,
};
