import * as z from 'zod';
import { type SweptHere, sweepHere } from '../operations/sweep-here.ts';
import { choice, flag, secret, wholeNumber } from '../runner/input-blocks.ts';
import type { World } from '../runner/world.ts';
import { fields, readInputs } from './inputs.ts';
import { evidenceOutput } from './outputs.ts';

const inputs = z.strictObject({
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner's own expression, as action.yml has it
  'github-token': secret({ default: '${{ github.token }}' }).describe(
    'Token that reads pull requests (`pull-requests: read`, `write` for comments). Without it no branch of a pull request is removed.',
  ),
  'server-url': secret({ required: true }).describe(
    'Admin URL of the Postgres server that holds the branches (a secret; its role needs CREATEDB, CREATEROLE and CREATE on its database).',
  ),
  apply: choice(['auto', 'always', 'never'], { default: 'auto' }).describe(
    "Whether the plan is applied: always, never, or auto, where a repository's first sweep on a server only shows its plan.",
  ),
  maximum: wholeNumber({ min: 1, max: 10_000 }, { default: '50' }).describe(
    'Most deletions of one sweep, 1 to 10000. What is left is said, and goes with the next.',
  ),
  comment: flag(true).describe(
    'Whether a pull request is told, in its Pullgres comment, that its branch was removed.',
  ),
  'comment-key': fields['comment-key'],
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const swept = await sweepHere(world, {
    token: given['github-token'],
    serverUrl: given['server-url'],
    apply: given.apply,
    maximum: given.maximum,
    comment: given.comment ? given['comment-key'] : undefined,
  });
  giveOutputs(world, swept);
  return swept.clean;
}

function giveOutputs(world: World, { record: { totals }, evidencePath }: SweptHere): void {
  world.output('deleted', String(totals.deleted));
  world.output('planned', String(totals.planned));
  world.output('kept', String(totals.kept));
  world.output('unknown', String(totals.unknown));
  world.output('failed', String(totals.failed));
  world.output('bytes-freed', String(totals.bytesFreed));
  world.output('evidence-path', evidencePath);
}

export const sweepAction = {
  inputs,
  outputs: {
    deleted: 'Number of branches and remains that are gone.',
    planned: 'Number that would be removed, when the plan was only shown.',
    kept: 'Number that stay.',
    unknown: 'Number that stay because it is not known whether anybody needs them.',
    failed: 'Number that should be gone and could not be removed.',
    'bytes-freed': 'Logical bytes of what was removed.',
    ...evidenceOutput,
  },
  post: false,
  run,
};
