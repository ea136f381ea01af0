import * as z from 'zod';
import { begin } from '../operations/begin.ts';
import { saveDraft } from '../operations/draft.ts';
import { requireLasting, requireLife } from '../operations/named-branch.ts';
import { onBranch } from '../operations/on-branch.ts';
import type { World } from '../runner/world.ts';
import { giveBranch } from './give-branch.ts';
import { changeFields, changeWish, fields, readInputs, serverFields, serverOptions } from './inputs.ts';
import { branchOutputs } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...serverFields,
  ...changeFields,
  reset: fields.reset,
  name: fields.name,
  ttl: fields.ttl,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  requireLasting(given);
  const { baseline, reset, name, ttl: ttlMs } = given;
  const begun = await begin(world, given['github-token'], { ...changeWish(given), name });
  requireLife(given, begun.loaded.policy);
  const options = { ...serverOptions(given), baseline, fresh: false, reset, ttlMs };
  await onBranch(world, begun, options, async ({ branch, facts, record }) => {
    await saveDraft(world, { ...begun.draft, branch: record });
    giveBranch(world, branch, facts, record.created);
  });
  return true;
}

export const branchAction = { inputs, outputs: branchOutputs, post: true, run };
