import * as z from 'zod';
import { readRecorded } from '../operations/draft.ts';
import { giveVerdict, report } from '../operations/report.ts';
import { reportPolicy } from '../operations/resolve-change.ts';
import { readSetting } from '../operations/setting.ts';
import type { World } from '../runner/world.ts';
import { fields, readInputs, reportFields, reportOptions } from './inputs.ts';
import { verdictOutputs } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  ...reportFields,
  evidence: fields.evidence,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const setting = await readSetting(world, { token: given['github-token'] });
  const loaded = await reportPolicy(world, setting);
  const evidence = await readRecorded(world, setting, given.evidence, loaded.facts);
  const reported = await report(world, setting, evidence, reportOptions(given, loaded.policy.comment));
  return giveVerdict(world, evidence, reported);
}

export const reportAction = { inputs, outputs: verdictOutputs, post: false, run };
