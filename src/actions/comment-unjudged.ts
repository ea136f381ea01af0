import * as z from 'zod';
import { tellUnjudged } from '../operations/tell-unjudged.ts';
import { parseInputs, readInput } from '../runner/inputs.ts';
import type { World } from '../runner/world.ts';
import { fields } from './inputs.ts';

/** All that rewriting a comment needs: the step's other inputs may be the very thing that is wrong. */
const inputs = z.strictObject({
  'github-token': fields['github-token'],
  'comment-key': fields['comment-key'],
});

/** For a run that ended with an error instead of a verdict. A comment of a key that cannot be read cannot be found. */
export async function commentUnjudged(world: World, error: unknown): Promise<void> {
  if (readInput('comment') === 'never') return;
  const read = () => parseInputs(inputs, readInput, { mask: world.mask });
  const given = attempt(read);
  if (given === undefined) return;
  await tellUnjudged(world, error, { token: given['github-token'], key: given['comment-key'] });
}

/** What is wrong with these inputs has been told already, with all others. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
