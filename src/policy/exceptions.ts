import { fingerprint } from '../rules/fingerprint.ts';
import type { Finding } from '../rules/rule.ts';
import type { Place } from '../sql/statement.ts';
import type { Policy } from './schema.ts';

/** Rules about exceptions: one past its last day, and one that waives nothing. */
export const EXCEPTION_RULES = ['exception-expired', 'exception-unused'] as const;

/** An exception with its own place: an entry of the policy, or a comment in a migration. */
export type PlacedException = Policy['exceptions'][number] & {
  readonly place: Place;
  readonly source: Waived['source'];
  /** The statement that a comment speaks for; left out, the exception speaks for all of its path. */
  readonly statement?: Place | undefined;
};

export type Waived = {
  readonly finding: Finding;
  readonly reason: string;
  readonly owner: string;
  readonly until: string;
  readonly source: 'policy' | 'file';
};

export type Applied = { readonly findings: readonly Finding[]; readonly accepted: readonly Waived[] };

/** Each entry of the policy's exceptions with its place, as `exceptionPlaces` gives them. */
export function placeExceptions(policy: Policy, places: readonly Place[]): readonly PlacedException[] {
  return policy.exceptions.map((exception, index) => {
    const place = places[index];
    if (!place) throw new Error(`No place for exception ${index}: the text is not the policy's.`);
    return { ...exception, place, source: 'policy' as const };
  });
}

/**
 * Sets the findings that an exception waives apart. `today` is a UTC day, `2027-01-31`; an exception holds through its
 * `until`. An expired or unused exception becomes a finding (warning) at its own place.
 *
 * `files` are the files that were judged. With them, only exceptions that speak of one of these files are complained
 * of: a pull request is not told of waivers for files that it does not touch, and an exception without a path cannot be
 * called unused by one pull request.
 */
export function applyExceptions(
  findings: readonly Finding[],
  exceptions: readonly PlacedException[],
  today: string,
  files?: readonly string[],
): Applied {
  const holding = exceptions.filter((exception) => today <= exception.until);
  const used = new Set<PlacedException>();
  const accepted: Waived[] = [];
  const kept: Finding[] = [];
  for (const finding of findings) {
    const waivers = holding.filter((exception) => covers(exception, finding));
    for (const waiver of waivers) used.add(waiver);
    const [first] = waivers;
    if (first) accepted.push(waived(finding, first));
    else kept.push(finding);
  }
  const complaints = exceptions.flatMap((exception) => {
    if (!isInScope(exception, files)) return [];
    if (today > exception.until) return [expired(exception)];
    const judgeable = files === undefined || exception.path !== undefined;
    return judgeable && !used.has(exception) ? [unused(exception)] : [];
  });
  return { findings: [...kept, ...complaints], accepted };
}

function covers(exception: PlacedException, finding: Finding): boolean {
  const { rule, path, statement } = exception;
  if (rule !== finding.rule || !isBelow(finding.place.file, path)) return false;
  return statement === undefined || statement.startByte === finding.place.startByte;
}

function waived(finding: Finding, { reason, owner, until, source }: PlacedException): Waived {
  return { finding, reason, owner, until, source };
}

function isInScope(exception: PlacedException, files: readonly string[] | undefined): boolean {
  return files === undefined || files.some((file) => isBelow(file, exception.path));
}

function isBelow(file: string, path: string | undefined): boolean {
  const root = path?.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
  return root === undefined || root === '' || root === '.' || file === root || file.startsWith(`${root}/`);
}

function expired({ rule, owner, until, place }: PlacedException): Finding {
  return complaint('exception-expired', place, {
    message: `The exception for ${rule} ended on ${until}, so the rule holds again.`,
    help: `Remove the exception, or have ${owner} renew it with a new date.`,
  });
}

function unused({ rule, path, owner, place }: PlacedException): Finding {
  return complaint('exception-unused', place, {
    message: `The exception for ${rule}${path === undefined ? '' : ` in ${path}`} waives nothing.`,
    help: `Remove it, or have ${owner} correct it.`,
  });
}

function complaint(
  rule: (typeof EXCEPTION_RULES)[number],
  place: Place,
  words: Pick<Finding, 'message' | 'help'>,
): Finding {
  return {
    rule,
    severity: 'warning',
    place,
    relation: undefined,
    ...words,
    fix: [],
    evidence: 'predicted',
    fingerprint: fingerprint(rule, undefined, undefined, words.message),
  };
}
