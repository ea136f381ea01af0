import { UserError } from '../errors.ts';
import type { SweepRecord } from '../evidence/sweep-schema.ts';
import { createGitHub } from '../github/client.ts';
import { renderSweepText, sweepJson } from '../report/sweep-text.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import { repositoryIdOf } from './repository-id.ts';
import { sweep } from './sweep.ts';
import type { SweepSetting } from './sweep-survey.ts';
import { onServer } from './team-server.ts';

export type TerminalSweep = {
  readonly serverUrl: string | undefined;
  /** `owner/name`. */
  readonly repository: string | undefined;
  readonly repositoryId: string | undefined;
  /** Without it nothing changes. */
  readonly apply: boolean;
  readonly maximum: string | undefined;
};

const MAXIMUM = 50;

/**
 * The sweep of one repository by a person. GITHUB_TOKEN tells pull requests' states; without it all are unknown, and only
 * what is certainly left over is removed, and what is over by its own label. Pull requests are told nothing.
 * @throws UserError, ProviderError.
 */
export async function sweepAtTerminal(world: World, wish: TerminalSweep): Promise<SweepRecord> {
  const { repository: name } = wish;
  if (name === undefined || !/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(name)) {
    const said =
      name === undefined
        ? '--repository is missing.'
        : `--repository does not take ${JSON.stringify(name.slice(0, 100))}.`;
    throw new UserError(said, { hint: 'Write owner/name, for example --repository tidewater/shop.' });
  }
  const repositoryId = wholeNumber('repository-id', wish.repositoryId, Number.MAX_SAFE_INTEGER);
  const maximum = wholeNumber('maximum', wish.maximum, 10_000) ?? MAXIMUM;
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    const id = await repositoryIdOf(world, provider, { repository: name, repositoryId });
    const setting = { repository: { id, name }, run: undefined, github: githubOf(world, name) };
    const apply = wish.apply ? 'always' : 'never';
    return (await sweep(world, setting, provider, { apply, maximum, comment: undefined })).record;
  });
}

function githubOf(world: World, repository: string): SweepSetting['github'] {
  const text = world.environment.GITHUB_TOKEN;
  if (!text) return undefined;
  const token = new Secret(text);
  world.mask(token);
  const { GITHUB_API_URL = 'https://api.github.com' } = world.environment;
  const environment = { ...world.environment, GITHUB_API_URL, GITHUB_REPOSITORY: repository };
  return createGitHub({ token, environment, onNotice: world.info, signal: world.signal });
}

function wholeNumber(option: string, text: string | undefined, maximum: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  throw new UserError(`--${option} does not take ${JSON.stringify(text.slice(0, 100))}.`, {
    hint: `Write a whole number from 1 to ${maximum}.`,
  });
}

export function sweepAsText(record: SweepRecord): string {
  return renderSweepText(record);
}

export function sweepAsJson(record: SweepRecord): string {
  return sweepJson(record);
}
