import { UserError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { workingTree } from '../migrations/file-tree.ts';
import { gitTree } from '../migrations/git.ts';
import type { FileTree } from '../migrations/migration.ts';
import { type PlacedException, placeExceptions } from '../policy/exceptions.ts';
import { exceptionPlaces, parsePolicy } from '../policy/parse.ts';
import { POLICY_PATH, type Policy, policySchema } from '../policy/schema.ts';
import { ruleNames } from '../rules/names.ts';

export type LoadedPolicy = {
  readonly policy: Policy;
  /** The policy's exceptions with their places in the file. */
  readonly exceptions: readonly PlacedException[];
  readonly facts: Evidence['policy'];
};

/** In force where no policy may be needed: a teardown has no checkout. */
export const defaultPolicy: LoadedPolicy = loaded(policySchema.parse({}), [], {
  source: 'defaults',
  commit: undefined,
  editedHere: false,
});

/**
 * The policy of `commit` (the base branch on a pull request: what a pull request writes into the file
 * takes effect after the merge), or the defaults when that commit has none.
 * @throws UserError naming every problem of the file with its line.
 */
export async function loadPolicy(options: {
  root: string;
  commit: string | undefined;
}): Promise<LoadedPolicy> {
  const working = workingTree(options.root);
  const tree = options.commit ? gitTree(options.root, options.commit) : working;
  const text = await readPolicyFile(tree);
  const here = options.commit ? await readPolicyFile(working).catch(() => 'unreadable') : text;
  return policyFromText(text, { commit: options.commit, editedHere: here !== text });
}

/** The policy that this text is, or the defaults when there is no file. Throws UserError as `loadPolicy` does. */
export function policyFromText(
  text: string | undefined,
  origin: Pick<LoadedPolicy['facts'], 'commit' | 'editedHere'>,
): LoadedPolicy {
  if (text === undefined) return loaded(policySchema.parse({}), [], { source: 'defaults', ...origin });
  const policy = parsePolicy(text, POLICY_PATH, ruleNames);
  const exceptions = placeExceptions(policy, exceptionPlaces(text, POLICY_PATH));
  return loaded(policy, exceptions, { source: 'file', ...origin });
}

function loaded(
  policy: Policy,
  exceptions: LoadedPolicy['exceptions'],
  origin: Pick<LoadedPolicy['facts'], 'source' | 'commit' | 'editedHere'>,
): LoadedPolicy {
  return {
    policy,
    exceptions,
    facts: { ...origin, path: POLICY_PATH, required: policy.required, failOn: policy['fail-on'] },
  };
}

async function readPolicyFile(tree: FileTree): Promise<string | undefined> {
  const directory = POLICY_PATH.slice(0, POLICY_PATH.lastIndexOf('/'));
  if (!(await tree.list(directory)).includes(POLICY_PATH)) return undefined;
  const bytes = await tree.read(POLICY_PATH);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${POLICY_PATH} is not UTF-8.`, { hint: 'Save the file as UTF-8.', cause });
  }
}
