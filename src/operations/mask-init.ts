import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { wholeTableHint } from '../masking/detection/table-hint.ts';
import type { PlanProblem } from '../masking/mask-plan.ts';
import { planMasks } from '../masking/plan.ts';
import { type FirstProfileInput, firstDraft } from '../masking/profile/first-profile.ts';
import { importAnonLabels } from '../masking/profile/import-anon.ts';
import { importGreenmask } from '../masking/profile/import-greenmask.ts';
import type { Imported } from '../masking/profile/imported.ts';
import { parseMaskingProfile } from '../masking/profile/parse.ts';
import { repairedDraft } from '../masking/profile/repair.ts';
import { type ProfileDraft, profileText } from '../masking/profile/write.ts';
import { readYaml, toValue } from '../policy/yaml.ts';
import { readAnonLabels } from '../refresh/anon-labels.ts';
import type { RefreshSource } from '../refresh/source.ts';
import type { World } from '../runner/world.ts';
import { today } from './judged-by.ts';
import { tablesWithRows, withMaskSource } from './mask-source.ts';
import { triedOnRows } from './mask-trials.ts';
import { detectIn } from './refresh-plan.ts';

export type MaskInit = {
  readonly sourceUrl: string | undefined;
  /** Where the rules come from; left out, the source is looked through. */
  readonly from:
    | { readonly tool: 'anon' }
    | { readonly tool: 'greenmask'; readonly file: string }
    | undefined;
};

/**
 * The text of a first profile, without any value of the source. What an import does not take over is told by the world.
 * @throws UserError when there is no source, or the file to import is not what it should be.
 */
export async function maskInit(world: World, { sourceUrl, from }: MaskInit): Promise<string> {
  if (from?.tool === 'greenmask')
    return imported(world, importGreenmask(await yamlOf(world, from.file), from.file));
  return withMaskSource(world, sourceUrl, async (source) => {
    if (from?.tool === 'anon') {
      const labels = await readAnonLabels(source.facts, world.signal);
      if (labels.length === 0) {
        throw new UserError('The source has no security labels of PostgreSQL Anonymizer.', {
          hint: 'Leave --from out: the source is looked through then.',
        });
      }
      return imported(world, importAnonLabels(labels));
    }
    world.info('Looking through a sample of each table');
    const detections = await detectIn(world, source, tablesWithRows(source));
    return profileText(await drafted(world, source, detections));
  });
}

/** What a refresh would refuse is mended, or said in the line's comment. */
async function drafted(
  world: World,
  source: RefreshSource,
  detections: FirstProfileInput['detections'],
): Promise<ProfileDraft> {
  const { schema } = source;
  const judge = async (draft: ProfileDraft): Promise<readonly PlanProblem[]> => {
    const profile = parseMaskingProfile(toValue(readYaml(profileText(draft), 'profile')), 'profile');
    const planned = planMasks({ profile, schema, today: today(world) });
    return 'problems' in planned ? planned.problems : triedOnRows(world, source, planned.plan, undefined);
  };
  const draft = firstDraft({ schema, detections, wholeTableHint });
  return repairedDraft({ draft, schema, detections, judge });
}

function imported(world: World, { text, remarks }: Imported): string {
  for (const remark of remarks) world.info(remark);
  return text;
}

async function yamlOf(world: World, file: string): Promise<unknown> {
  const text = await readFile(resolve(world.workspace, file), 'utf8').catch(
    (cause: NodeJS.ErrnoException) => {
      throw new UserError(`${file} could not be read: ${cause.code}.`, {
        hint: 'Name Greenmask’s configuration: --from greenmask config.yml.',
        cause,
      });
    },
  );
  return toValue(readYaml(text, file));
}

/** Before the source is looked through for a file that could not be written. Throws as `writeNewFile`. */
export function refuseExisting(world: World, file: string): void {
  if (existsSync(resolve(world.workspace, file))) throw isThere(file);
}

function isThere(file: string, cause?: unknown): UserError {
  return new UserError(`${file} is there already, and stays as it is.`, {
    hint: 'Name another file, or take that one away first.',
    cause,
  });
}

/** Writes a new file. Throws UserError when something stands there already, which stays as it is. */
export async function writeNewFile(world: World, file: string, text: string): Promise<void> {
  await writeFile(resolve(world.workspace, file), text, { flag: 'wx' }).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') throw isThere(file, cause);
      throw new UserError(`${file} could not be written: ${cause.code}.`, {
        hint: 'Make its folder first, or look at its permissions.',
        cause,
      });
    },
  );
}
