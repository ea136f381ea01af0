import { UserError } from '../errors.ts';

/** The facts of this workflow run. Ids are decimal text: they outgrow what a reader should do sums with. */
export type Run = {
  readonly eventName: string;
  readonly payload: unknown;
  readonly id: string;
  readonly attempt: number;
  readonly workflow: string;
  readonly job: string;
  readonly actor: string;
  /** The run's page. */
  readonly url: string;
};

/**
 * Reads the run from the runner's own variables and event file. Throws UserError outside of a GitHub Actions
 * job and for an event file that is not JSON. `@actions/github` reads them once per process, when it is loaded.
 */
export async function readRun(): Promise<Run> {
  const context = await loadContext();
  if (!context.eventName || !(context.runId > 0)) {
    throw new UserError('GITHUB_EVENT_NAME or GITHUB_RUN_ID is not set: this is not a GitHub Actions job.', {
      hint: 'In a terminal use the command line instead: `pullgres --help`.',
    });
  }
  const { owner, repo } = context.repo;
  return {
    eventName: context.eventName,
    payload: context.payload,
    id: String(context.runId),
    attempt: context.runAttempt > 0 ? context.runAttempt : 1,
    workflow: context.workflow,
    job: context.job,
    actor: context.actor,
    url: `${context.serverUrl}/${owner}/${repo}/actions/runs/${context.runId}`,
  };
}

async function loadContext() {
  try {
    const { context } = await import('@actions/github');
    return context;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UserError('The event file (GITHUB_EVENT_PATH) is not JSON.', {
      hint: 'It must be the file that GitHub wrote for this run: no step may change it.',
      cause,
    });
  }
}
