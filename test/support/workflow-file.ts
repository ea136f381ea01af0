/** A workflow file as data. A key that the workflow runner does not act on is an error, never passed over. */

import { parse } from 'yaml';
import * as z from 'zod';
import type { GitHubEvent } from './job-environment.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const environment = z.record(z.string(), scalar);
const level = z.enum(['read', 'write', 'none']);
const permissions = z.strictObject({
  contents: level.optional(),
  'pull-requests': level.optional(),
  issues: level.optional(),
  checks: level.optional(),
  statuses: level.optional(),
  actions: level.optional(),
});
const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat());

const stepSchema = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: scalar.optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), scalar).optional(),
  env: environment.optional(),
});

const concurrency = z.union([
  z.string(),
  z.strictObject({
    group: z.string(),
    'cancel-in-progress': scalar.optional(),
    queue: z.enum(['single', 'max']).optional(),
  }),
]);

const jobSchema = z.strictObject({
  name: z.string().optional(),
  'runs-on': z.string(),
  needs: oneOrMore.optional(),
  if: scalar.optional(),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  'timeout-minutes': z.number().optional(),
  strategy: z
    .strictObject({ 'fail-fast': z.boolean().optional(), matrix: z.record(z.string(), z.array(scalar)) })
    .optional(),
  env: environment.optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  steps: z.array(stepSchema),
});

const types = z.strictObject({ types: oneOrMore.optional() }).nullable();

const dispatchInput = z.strictObject({
  description: z.string().optional(),
  type: z.enum(['string', 'choice', 'boolean']).optional(),
  required: z.boolean().optional(),
  default: scalar.optional(),
  options: z.array(z.string()).optional(),
});

const triggers = z.strictObject({
  pull_request: types.optional(),
  pull_request_target: types.optional(),
  merge_group: types.optional(),
  schedule: z.array(z.strictObject({ cron: z.string() })).optional(),
  workflow_dispatch: z
    .strictObject({ inputs: z.record(z.string(), dispatchInput).optional() })
    .nullable()
    .optional(),
  workflow_run: z.strictObject({ workflows: oneOrMore, types: oneOrMore }).optional(),
});

const workflowSchema = z.strictObject({
  name: z.string(),
  on: triggers,
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  env: environment.optional(),
  jobs: z.record(z.string(), jobSchema),
});

export type Workflow = z.infer<typeof workflowSchema>;
export type WorkflowJob = z.infer<typeof jobSchema>;
export type WorkflowStep = z.infer<typeof stepSchema>;
export type Matrix = Readonly<Record<string, string | number | boolean>>;

/** `on: pull_request` and `on: [pull_request, merge_group]` are short for a map of nothing. */
function triggersOf(on: unknown): unknown {
  if (typeof on === 'object' && !Array.isArray(on)) return on;
  return Object.fromEntries([on].flat().map((name) => [name, null]));
}

/** Reads a workflow. Throws ZodError on a key or value that the runner does not act on. */
export function readWorkflow(text: string): Workflow {
  const file = parse(text);
  return workflowSchema.parse({ ...file, on: triggersOf(file.on) });
}

/** What starts a workflow where `types` is not given (docs: "Events that trigger workflows"). */
const STANDARD_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
  merge_group: ['checks_requested', 'destroyed'],
};

/** Whether the event starts the workflow. */
export function isStartedBy({ on }: Workflow, { name, payload }: GitHubEvent): boolean {
  const facts = payload as { action?: string; workflow_run?: { name?: string }; schedule?: string };
  switch (name) {
    case 'pull_request':
    case 'pull_request_target':
    case 'merge_group': {
      const asked = on[name];
      if (asked === undefined) return false;
      return (asked?.types ?? STANDARD_TYPES[name] ?? []).includes(facts.action ?? '');
    }
    case 'schedule':
      return on.schedule?.some(({ cron }) => cron === facts.schedule) ?? false;
    case 'workflow_dispatch':
      return on.workflow_dispatch !== undefined;
    case 'workflow_run': {
      const asked = on.workflow_run;
      return (
        (asked?.types.includes(facts.action ?? '') &&
          asked.workflows.includes(facts.workflow_run?.name ?? '')) ??
        false
      );
    }
    default:
      throw new Error(`The workflow runner knows no event ${name}`);
  }
}

/** The `inputs` context of a run by hand: what was given, else the defaults. Throws on what GitHub's form would refuse. */
export function dispatchInputs({ on }: Workflow, given: Readonly<Record<string, unknown>>) {
  const declared = on.workflow_dispatch?.inputs ?? {};
  const strange = Object.keys(given).filter((name) => !(name in declared));
  if (strange.length > 0) throw new Error(`The workflow takes no input ${strange}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = given[name] ?? input.default ?? (input.type === 'boolean' ? false : '');
      if (input.required && value === '') throw new Error(`The input ${name} is required`);
      if (input.options && !input.options.includes(String(value)))
        throw new Error(`${value} is no option of ${name}`);
      return [name, value];
    }),
  );
}

/** Every leg of a job's matrix; one without values where there is none. */
export function legsOf({ strategy }: WorkflowJob): readonly Matrix[] {
  return Object.entries(strategy?.matrix ?? {}).reduce<readonly Matrix[]>(
    (legs, [name, values]) => legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value }))),
    [{}],
  );
}
