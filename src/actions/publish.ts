import * as z from 'zod';
import { publish } from '../operations/publish.ts';
import { secret, text } from '../runner/input-blocks.ts';
import type { World } from '../runner/world.ts';
import { fields, readInputs } from './inputs.ts';

const inputs = z.strictObject({
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner's own expression, as action.yml has it
  'github-token': secret({ default: '${{ github.token }}' }).describe(
    'Token that reads the artifact and the policy and writes the comment (`actions: read`, `contents: read`, `pull-requests: write`).',
  ),
  artifact: text({ default: 'pullgres' }).describe(
    'Name of the artifact of the run that ended. It holds evidence.json and nothing else.',
  ),
  comment: fields.comment,
  'comment-key': fields['comment-key'],
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const published = await publish(world, {
    token: given['github-token'],
    artifact: given.artifact,
    comment: given.comment,
    key: given['comment-key'],
  });
  if (published === undefined) return true;
  world.output('verdict', published.verdict);
  world.output('pull-request', String(published.pullRequest));
  if (published.url !== undefined) world.output('comment-url', published.url);
  return true;
}

export const publishAction = {
  inputs,
  outputs: {
    verdict: 'pass, warn, fail or unproven; empty when there was nothing to say.',
    'pull-request': 'Number of the pull request, as GitHub knows it.',
    'comment-url': 'URL of the comment, when one was written.',
  },
  post: false,
  run,
};
