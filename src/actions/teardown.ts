import * as z from 'zod';
import { requireLasting } from '../operations/named-branch.ts';
import { readSetting } from '../operations/setting.ts';
import { teardown } from '../operations/teardown.ts';
import type { World } from '../runner/world.ts';
import { fields, readInputs } from './inputs.ts';
import { branchOutputs, removedOutput } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  'server-url': fields['server-url'],
  'comment-key': fields['comment-key'],
  name: fields.name,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  requireLasting(given);
  const setting = await readSetting(world, { token: given['github-token'], name: given.name });
  const torn = await teardown(world, setting, { serverUrl: given['server-url'], key: given['comment-key'] });
  world.output('branch-name', torn.branch);
  world.output('removed', String(torn.removed));
  return true;
}

export const teardownAction = {
  inputs,
  outputs: { 'branch-name': branchOutputs['branch-name'], ...removedOutput },
  post: false,
  run,
};
