import * as z from 'zod';
import { begin } from '../operations/begin.ts';
import { evidencePath, saveDraft } from '../operations/draft.ts';
import { judgeMigrations } from '../operations/judge.ts';
import { onBranch } from '../operations/on-branch.ts';
import type { World } from '../runner/world.ts';
import { giveBranch } from './give-branch.ts';
import { changeFields, changeWish, fields, readInputs, serverFields, serverOptions } from './inputs.ts';
import { branchOutputs, evidenceOutput, statusOutput } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...serverFields,
  ...changeFields,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const begun = await begin(world, given['github-token'], changeWish(given));
  const options = { ...serverOptions(given), baseline: given.baseline, fresh: true };
  const status = await onBranch(world, begun, options, async (open, provider) => {
    giveBranch(world, open.branch, open.facts, open.record.created);
    const draft = await judgeMigrations(world, provider, open, begun);
    const evidence = await saveDraft(world, { ...draft, branch: open.record });
    return evidence.rehearsal?.status ?? 'unproven';
  });
  world.output('status', status ?? 'skipped');
  world.output('evidence-path', evidencePath(world));
  return status === undefined || status === 'passed';
}

export const rehearseAction = {
  inputs,
  outputs: { ...branchOutputs, ...statusOutput, ...evidenceOutput },
  post: true,
  run,
};
