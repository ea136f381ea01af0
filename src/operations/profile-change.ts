import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { checkProfile } from '../masking/profile/parse.ts';
import { pathText } from '../masking/profile/problems.ts';
import type { MaskingProfile } from '../masking/profile/profile.ts';
import { safePath, workingTree } from '../migrations/file-tree.ts';
import { gitTree } from '../migrations/git.ts';
import { readYaml, toValue, type YamlText } from '../policy/yaml.ts';

/** A masking profile as it stands somewhere; why it cannot be read is a text that a stranger may have written. */
export type ProfileSide =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'read'; readonly profile: MaskingProfile; readonly yaml: YamlText };

/** The masking profile at the base commit, undefined where there is no such commit, and in the working tree. */
export type ProfileChange = {
  readonly path: string;
  readonly base: ProfileSide | undefined;
  readonly head: ProfileSide;
};

const MOST_PROBLEMS = 5;

/** Reads both sides without following links. Undefined when neither has a profile. */
export async function readProfileChange(
  root: string,
  baseCommit: string | undefined,
  path: string | undefined,
): Promise<ProfileChange | undefined> {
  if (path === undefined) return undefined;
  const base = baseCommit === undefined ? undefined : await profileAtCommit(root, baseCommit, path);
  const head = await profileHere(root, path);
  const isThere = head.kind !== 'none' || (base !== undefined && base.kind !== 'none');
  return isThere ? { path, base, head } : undefined;
}

/** The profile of a commit, which is given by its full hash. */
export async function profileAtCommit(root: string, commit: string, path: string): Promise<ProfileSide> {
  const tree = gitTree(root, commit);
  const name = safePath(path);
  if (!(await tree.list(dirname(name))).includes(name)) return { kind: 'none' };
  return sideOf(() => tree.read(name), path);
}

async function profileHere(root: string, path: string): Promise<ProfileSide> {
  const name = safePath(path);
  const stands = lstatSync(join(root, name), { throwIfNoEntry: false });
  return stands === undefined ? { kind: 'none' } : sideOf(() => workingTree(root).read(name), path);
}

/** Whatever a pull request writes there, it is told, and nothing else fails by it. */
async function sideOf(read: () => Promise<Buffer>, path: string): Promise<ProfileSide> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await read());
    return profileOf(text, path);
  } catch (error) {
    if (error instanceof UserError) return { kind: 'unreadable', reason: error.message };
    if (error instanceof TypeError) return { kind: 'unreadable', reason: 'It is not UTF-8.' };
    // A stack that is too small for what is nested in it.
    if (error instanceof RangeError) return { kind: 'unreadable', reason: 'It is nested too deep.' };
    throw error;
  }
}

function profileOf(text: string, path: string): ProfileSide {
  const yaml = readYaml(text, path);
  const checked = checkProfile(toValue(yaml));
  if ('profile' in checked) return { kind: 'read', profile: checked.profile, yaml };
  const { problems } = checked;
  const told = problems.slice(0, MOST_PROBLEMS).map(({ path: at, text }) => `${pathText(at)}: ${text}`);
  const more = problems.length - told.length;
  return {
    kind: 'unreadable',
    reason: [...told, ...(more > 0 ? [`and ${more} more problems`] : [])].join('; '),
  };
}
