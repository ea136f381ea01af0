import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { parseMaskingProfile } from '../masking/profile/parse.ts';
import type { MaskingProfile } from '../masking/profile/profile.ts';
import type { Policy } from '../policy/schema.ts';
import { readYaml } from '../policy/yaml.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { Backup } from '../refresh/restored.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';

/** Where the rows come from. */
export type SourceWish =
  | { readonly kind: 'live'; readonly facts: ConnectionFacts }
  | { readonly kind: 'backup'; readonly backup: Backup };

/** All that a refresh is told. */
export type RefreshWish = {
  /** What branches ask for. */
  readonly name: string;
  readonly source: SourceWish;
  readonly profile: MaskingProfile;
  readonly policy: Policy;
  readonly maskKey: Secret;
  readonly signingKey: Secret | undefined;
  readonly workers: number | undefined;
};

/**
 * The one source of three that is named.
 * @param given `database`: which one of a physical backup's is read, its only one when left out.
 * @throws UserError for none, for several, and for a database that is named where the source has but one.
 */
export function sourceOf(given: {
  readonly facts: ConnectionFacts | undefined;
  readonly dump: string | undefined;
  readonly backup: string | undefined;
  readonly database: string | undefined;
  readonly workspace: string;
}): SourceWish {
  const { facts, dump, backup, database, workspace } = given;
  const named: SourceWish[] = [
    ...(facts ? [{ kind: 'live', facts } as const] : []),
    ...(dump ? [{ kind: 'backup', backup: { kind: 'dump', path: resolve(workspace, dump) } } as const] : []),
    ...(backup
      ? [
          {
            kind: 'backup',
            backup: { kind: 'base backup', path: resolve(workspace, backup), database },
          } as const,
        ]
      : []),
  ];
  const [source, other] = named;
  if (source === undefined) {
    throw new UserError('No source is named.', {
      hint: 'Name one: source-url (at a terminal also PULLGRES_SOURCE_URL), source-dump or source-backup.',
    });
  }
  if (other !== undefined) {
    throw new UserError('More than one source is named.', {
      hint: 'Keep one of source-url, source-dump and source-backup.',
    });
  }
  if (database !== undefined && !backup) {
    throw new UserError(
      'source-database says which database of a source-backup is read, and none is given.',
      {
        hint: 'Leave it out: a URL names its database itself, and a pg_dump file holds one.',
      },
    );
  }
  return source;
}

/**
 * The masking profile at `path`, relative to the workspace, as it stands there.
 * @throws UserError when it is not there, or with everything that is wrong with it.
 */
export async function loadProfile(world: World, path: string): Promise<MaskingProfile> {
  const text = await readFile(resolve(world.workspace, path), 'utf8').catch(
    (cause: NodeJS.ErrnoException) => {
      throw new UserError(`The masking profile ${path} could not be read: ${cause.code}.`, {
        hint: 'Write a first one with `pullgres mask init`, or name another with `profile`.',
        cause,
      });
    },
  );
  return parseMaskingProfile(readYaml(text, path).document.toJS(), path);
}
