import { runAction } from '../runner/run.ts';
import { branchAction } from './branch.ts';
import { commentUnjudged } from './comment-unjudged.ts';
import { connectAction } from './connect.ts';
import { lintAction } from './lint.ts';
import type { ActionName } from './names.ts';
import { postStep } from './post.ts';
import { publishAction } from './publish.ts';
import { pullgresAction } from './pullgres.ts';
import { refreshAction } from './refresh.ts';
import { rehearseAction } from './rehearse.ts';
import { reportAction } from './report.ts';
import { sweepAction } from './sweep.ts';
import { teardownAction } from './teardown.ts';
import { testAction } from './test.ts';

/** Every action by its name. The build makes one thin entry for each. */
export const actions = {
  pullgres: pullgresAction,
  branch: branchAction,
  connect: connectAction,
  lint: lintAction,
  rehearse: rehearseAction,
  test: testAction,
  report: reportAction,
  publish: publishAction,
  teardown: teardownAction,
  sweep: sweepAction,
  refresh: refreshAction,
} satisfies Record<ActionName, unknown>;

export async function runNamedAction(name: ActionName): Promise<void> {
  const afterFailure = COMMENTING.has(name) ? commentUnjudged : undefined;
  await runAction(name, (world) => judged(actions[name].run(world)), afterFailure && { afterFailure });
}

/** The actions whose comment carries a verdict. */
const COMMENTING: ReadonlySet<ActionName> = new Set<ActionName>(['pullgres', 'report']);

export async function runPost(): Promise<void> {
  await runAction('post', (world) => judged(postStep(world)));
}

/** A check that failed is a result, not an error: everything about it has been said, only the job must be red. */
async function judged(green: Promise<boolean>): Promise<void> {
  if (!(await green)) process.exitCode = 1;
}
