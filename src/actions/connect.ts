import * as z from 'zod';
import { connect } from '../operations/connect.ts';
import { requireLasting } from '../operations/named-branch.ts';
import { readSetting } from '../operations/setting.ts';
import type { World } from '../runner/world.ts';
import { giveBranch } from './give-branch.ts';
import { fields, readInputs } from './inputs.ts';
import { branchOutputs } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  'server-url': fields['server-url'],
  'postgres-directory': fields['postgres-directory'],
  name: fields.name,
});

const { created: _, ...outputs } = branchOutputs;

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  requireLasting(given);
  const setting = await readSetting(world, { token: given['github-token'], name: given.name });
  const { branch, facts } = await connect(world, setting, given['server-url']);
  giveBranch(world, branch, facts);
  return true;
}

export const connectAction = { inputs, outputs, post: false, run };
