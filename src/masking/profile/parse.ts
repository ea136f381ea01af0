import { UserError } from '../../errors.ts';
import { canonical } from './canonical.ts';
import { nameProblems, parseLink } from './entry-names.ts';
import { parseColumnPattern, parseColumnPlace, parseTablePattern } from './names.ts';
import { describeIssue, type Path, type PathProblem, pathText } from './problems.ts';
import type { MaskingProfile } from './profile.ts';
import { readProfile } from './read.ts';
import { profileSchema, type WrittenProfile } from './schema.ts';

const MOST_SHOWN = 50;

/** Reads a profile from plain data: all that is wrong with it, by key path, when there is anything. */
export function checkProfile(
  value: unknown,
): { readonly profile: MaskingProfile } | { readonly problems: readonly PathProblem[] } {
  const names = nameProblems(value);
  // A profile that is too deep is not looked at any further.
  const result = names.some(({ text }) => text.startsWith('at most'))
    ? undefined
    : profileSchema.safeParse(value);
  const issues = (result?.error?.issues ?? []).flatMap((issue) => describeIssue(issue, value));
  const problems = [...names, ...issues];
  if (result?.data === undefined || problems.length > 0) return { problems };
  const doubles = doubleProblems(result.data);
  return doubles.length > 0 ? { problems: doubles } : { profile: readProfile(result.data) };
}

/**
 * Reads a profile from plain data, as a YAML reader gives it.
 * @throws UserError with every problem and its place.
 */
export function parseMaskingProfile(value: unknown, file: string): MaskingProfile {
  const checked = checkProfile(value);
  if ('profile' in checked) return checked.profile;
  const { problems } = checked;
  const lines = problems.slice(0, MOST_SHOWN).map(({ path, text }) => `  ${pathText(path)}: ${text}`);
  const more = problems.length > MOST_SHOWN ? [`  and ${problems.length - MOST_SHOWN} more`] : [];
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new UserError([`${file} has ${count}:`, ...lines, ...more].join('\n'), {
    hint: `Mend ${file}; nothing is guessed from a profile that is not understood.`,
  });
}

/** Two ways to write one name: `users` and `public."users"`. */
function doubleProblems(written: WrittenProfile): PathProblem[] {
  const tables = Object.entries(written.tables).flatMap(([key, table]) =>
    typeof table === 'string' ? [] : doubled(['tables', key], columnKeys(table), parseColumnPattern),
  );
  return [
    ...doubled(['tables'], Object.keys(written.tables), parseTablePattern),
    ...tables,
    ...doubled(['allow'], Object.keys(written.allow), parseColumnPlace),
    ...doubled(['keep'], Object.keys(written.keep), parseTablePattern),
    ...doubled(
      ['links'],
      written.links.filter((link) => typeof link === 'string'),
      parseLink,
    ),
  ];
}

function columnKeys(table: object): readonly string[] {
  return Object.keys(table).filter((key) => key !== 'subset' && key !== 'sample');
}

function doubled(path: Path, keys: readonly string[], read: (key: string) => unknown): PathProblem[] {
  const seen = new Map<string, string>();
  return keys.flatMap((key): PathProblem[] => {
    const parsed = read(key);
    const name = canonical(parsed);
    const first = seen.get(name);
    if (first === undefined || parsed === undefined) seen.set(name, key);
    else
      return [
        {
          path: [...path, key],
          key: true,
          text: `this stands here twice, also as ${first}; keep one of the two`,
        },
      ];
    return [];
  });
}
