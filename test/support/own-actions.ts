import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Complaint, KnownAction, Yaml } from './workflow-lint.ts';

const root = join(import.meta.dirname, '..', '..');

/** What GitHub's actions take, from their action.yml; only what our workflows and examples use. */
const GITHUB_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': ['persist-credentials', 'fetch-depth', 'ref', 'token', 'path'],
  'actions/setup-node': ['node-version', 'node-version-file', 'cache'],
  'actions/upload-artifact': ['name', 'path', 'if-no-files-found', 'retention-days'],
  'actions/download-artifact': ['name', 'path', 'run-id', 'github-token'],
  'actions/attest-build-provenance': ['subject-path'],
};

const OWN = /^(?:\.|pullgres\/pullgres)((?:\/actions\/[\w-]+)?)\/?(?:@v\d+)?$/;

/** An action of this repository, or one of GitHub's that our workflows and examples use. */
export function findOwnAction(uses: string): KnownAction | undefined {
  const github = GITHUB_ACTIONS[uses.slice(0, uses.indexOf('@'))];
  if (github !== undefined)
    return { inputs: Object.fromEntries(github.map((name) => [name, {}])), outputs: [] };
  const folder = OWN.exec(uses)?.[1];
  const path = join(root, `.${folder ?? '/nowhere'}`, 'action.yml');
  if (!existsSync(path)) return undefined;
  const { inputs = {}, outputs = {} } = parse(readFileSync(path, 'utf8'));
  return { inputs, outputs: Object.keys(outputs) };
}

/** What a workflow that we hand to others must not do: act for pull_request_target, filter by paths, or run without an end. */
export function checkOffered({ path, text }: Yaml): readonly Complaint[] {
  const { on, jobs } = parse(text);
  return [
    ...('pull_request_target' in on && !onlyTearsDown(text) ? [`${path}: pull_request_target`] : []),
    ...(on.pull_request?.paths ? [`${path}: filters by paths`] : []),
    ...Object.entries<{ 'timeout-minutes'?: number }>(jobs).flatMap(([name, job]) =>
      job['timeout-minutes'] === undefined ? [`${path}: job ${name} has no end`] : [],
    ),
  ];
}

/** Under pull_request_target nothing may run but the end of a pull request, in jobs that are the teardown alone. */
function onlyTearsDown(text: string): boolean {
  const { on, jobs } = parse(text);
  const isTeardown = (job: { if?: string; steps: readonly { uses?: string }[] }) =>
    job.if === "github.event_name == 'pull_request_target'" &&
    job.steps.every(({ uses }) => uses?.startsWith('pullgres/pullgres/actions/teardown@'));
  const isOut = (job: { if?: string }) => job.if === "github.event_name != 'pull_request_target'";
  const all = Object.values<Parameters<typeof isTeardown>[0]>(jobs);
  return (
    String(on.pull_request_target.types) === 'closed' && all.every((job) => isOut(job) || isTeardown(job))
  );
}
