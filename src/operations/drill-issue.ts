import { GitHubError } from '../errors.ts';
import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import { createGitHub } from '../github/client.ts';
import { readRun } from '../github/run.ts';
import type { Policy } from '../policy/schema.ts';
import { drillHeadline, drillSummary } from '../report/drill-summary.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';

/** Opens or updates one issue about a failed drill, where the policy asks for it. That it could not is a warning: the job is red already. */
export async function tellOfDrill(
  world: World,
  { drill: record, name }: RefreshRecord,
  { drill: { issue } }: Policy,
  token: Secret | undefined,
): Promise<void> {
  const failed = record?.steps.some(({ status }) => status === 'failed');
  if (!record || !failed || issue === 'never') return;
  if (!token)
    return world.warning('The policy asks for an issue when the drill fails, and there is no github-token.');
  const { environment, info: onNotice, signal } = world;
  const { id, attempt, url } = await readRun();
  try {
    const github = createGitHub({ token, environment, onNotice, signal });
    const body = `${drillSummary(record, [])}\n\n[The run](${url})`;
    const told = await github.upsertIssue({
      key: `drill-${name}`,
      title: drillHeadline(record),
      body,
      run: { id, attempt },
      sha: environment.GITHUB_SHA ?? '',
    });
    world.info(`The failed drill is issue #${told.number}.`);
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    world.warning(`The issue about the failed drill could not be written: ${error.message}`);
  }
}
