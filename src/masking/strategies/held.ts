import type { Refusal, Strategy } from '../strategy.ts';
import type { Bounds, Check, Claim } from './checks.ts';
import type { Masked } from './masked.ts';

/** Fewest characters that a strategy which does not keep the length gives for a value that is not empty. */
const SHORTEST: Partial<Record<Strategy['as'], number>> = {
  email: 21,
  username: 4,
  uuid: 32,
  mac: 17,
  ip: 8,
  url: 8,
};

/** The range that all CHECK constraints together allow; undefined ends are open. Of several, the tightest counts. */
export function boundsOf(checks: readonly Check[]): Bounds {
  const ranges = checks.flatMap(({ claims }) => claims.filter((claim) => claim.kind === 'range'));
  return {
    low: tightest(
      ranges.flatMap(({ low }) => (low ? [low] : [])),
      1,
    ),
    high: tightest(
      ranges.flatMap(({ high }) => (high ? [high] : [])),
      -1,
    ),
  };
}

type End = NonNullable<Bounds['low']>;
function tightest(ends: readonly End[], direction: 1 | -1): End | undefined {
  return ends.toSorted((a, b) => direction * (size(b) - size(a)) || Number(b.strict) - Number(a.strict))[0];
}

/** Numbers by their value, dates by their time. */
function size({ value }: End): number {
  return /^-?[0-9.]+$/.test(value) ? Number(value) : Date.parse(value);
}

/** Most characters that CHECK constraints allow. */
export function longestAllowed(checks: readonly Check[]): number | undefined {
  const most = checks.flatMap(({ claims }) =>
    claims.flatMap((claim) => (claim.kind === 'length' && claim.most !== undefined ? [claim.most] : [])),
  );
  return most.length > 0 ? Math.min(...most) : undefined;
}

/** Values that a CHECK lists. */
export function listedLabels(checks: readonly Check[]): readonly string[] | undefined {
  return checks.flatMap(({ claims }) => claims).find((claim) => claim.kind === 'labels')?.labels;
}

/** Whether every CHECK holds for what a strategy gives; what only the rows can show becomes a note. */
export function heldAgainst(
  checks: readonly Check[],
  masked: Masked,
  strategy: Strategy,
): { readonly notes: readonly string[] } | { readonly refusal: Refusal } {
  const notes: string[] = [];
  for (const { name, claims, columns = [] } of checks) {
    const verdicts = claims.map((claim) => verdict(claim, masked, strategy));
    if (verdicts.includes('broken')) return { refusal: refusalOf(name, strategy, columns.length > 1) };
    if (verdicts.includes('open')) notes.push(`Whether CHECK ${name} holds shows when the rows are there.`);
  }
  return { notes };
}

type Verdict = 'held' | 'open' | 'broken';

function verdict(claim: Claim, { keeps }: Masked, { as }: Strategy): Verdict {
  if (keeps.trusted) return 'open';
  switch (claim.kind) {
    case 'nullness':
      return 'held';
    case 'range':
      return rangeVerdict(claim, as);
    case 'length':
      if (keeps.length) return 'held';
      return (claim.least ?? 0) <= (SHORTEST[as] ?? 0) ? 'held' : 'broken';
    case 'filled':
      return keeps.filled ? 'held' : 'broken';
    case 'pattern':
      return as === 'bytes' ? 'broken' : 'open';
    case 'cased':
      return keeps.shape || as === 'email' || as === 'username' ? 'held' : 'open';
    case 'labels':
      return 'broken';
    case 'unknown':
      return 'broken';
  }
}

/** Noise and shift stay inside by themselves. Permuted integers keep their sign and their zero, and no more. */
function rangeVerdict({ low, high }: Bounds, as: Strategy['as']): Verdict {
  if (as === 'noise' || as === 'shift') {
    const readable = [low, high].every((end) => end === undefined || /^-?[0-9][0-9.:+ -]*$/.test(end.value));
    return readable ? 'held' : 'broken';
  }
  const signAlone =
    high === undefined &&
    low !== undefined &&
    Number(low.value) + Number(low.strict) <= 1 &&
    Number(low.value) >= 0;
  return signAlone ? 'held' : 'broken';
}

function refusalOf(name: string, { as }: Strategy, compares: boolean): Refusal {
  if (as === 'shift' && compares) {
    return {
      why: `CHECK ${name} compares it with other columns, and \`shift\` moves each by itself`,
      remedy:
        'Shift all dates that it compares by one column, such as the key, so that they move equally: {shift: 30d, by: id}. Or write "null", or `sql` with an expression that keeps it.',
    };
  }
  return {
    why: `CHECK ${name} cannot be shown to hold for what \`${as}\` gives`,
    remedy:
      'Use `sql` with an expression that keeps it, `enum` where it lists the values, `noise` where it is a range, or `null`.',
  };
}
