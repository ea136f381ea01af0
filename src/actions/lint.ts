import * as z from 'zod';
import { begin } from '../operations/begin.ts';
import { evidencePath } from '../operations/draft.ts';
import { lintStep } from '../operations/lint-step.ts';
import { giveFindings } from '../operations/report.ts';
import type { World } from '../runner/world.ts';
import { changeFields, changeWish, fields, readInputs, versionOf } from './inputs.ts';
import { evidenceOutput, findingOutputs, statusOutput } from './outputs.ts';

const inputs = z.strictObject({
  'github-token': fields['github-token'],
  'postgres-version': fields['postgres-version'],
  ...changeFields,
  schema: fields.schema,
  sarif: fields.sarif,
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const begun = await begin(world, given['github-token'], changeWish(given));
  const version = versionOf(given['postgres-version']);
  const evidence = await lintStep(world, begun, { version, schema: given.schema, sarif: given.sarif });
  const status = evidence.lint?.status ?? 'unproven';
  world.output('status', status);
  giveFindings(world, evidence);
  world.output('evidence-path', evidencePath(world));
  return status === 'passed';
}

export const lintAction = {
  inputs,
  outputs: { ...statusOutput, ...findingOutputs, ...evidenceOutput },
  post: false,
  run,
};
